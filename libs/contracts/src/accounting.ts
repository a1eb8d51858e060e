import { z } from 'zod';
import { isoTime, nonNegativeUcr, tokenCount } from './amounts.js';

/** `stream-{13-digit milliseconds}-{uuid v4}`: the form of a streaming session id, which is also the id of its hold. */
export const streamIdPattern = /^stream-\d{13}-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const exampleStreamId = 'stream-1768478400000-9b2f6c1e-4d3a-4f5b-8c7d-0e1f2a3b4c5d';

/** The model that answers without any network; it has a price like any other. */
export const offlineModelId = 'parley-eliza';

export const modelId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w.:/@+-]+$/, 'may hold letters, digits and . : / @ + - _');

const cacheReadRate = 'Micro-credits for one million tokens of input that the provider read from its cache';
const cacheWriteRate = 'Micro-credits for one million tokens of input that the provider wrote into its cache';

/**
 * An immutable version of a model's price. Rates are micro-credits for one million tokens. Each token of input is billed once: at
 * `cache_read_ucr_per_mtok` or `cache_write_ucr_per_mtok` when the usage says that it was cached, else at `input_ucr_per_mtok`. A
 * hold and the upper end of an estimate use the dearest of the three, because nobody knows beforehand what will be cached.
 */
export const price = z
  .object({
    price_id: z.string(),
    model: modelId,
    input_ucr_per_mtok: nonNegativeUcr,
    output_ucr_per_mtok: nonNegativeUcr,
    cache_read_ucr_per_mtok: nonNegativeUcr.meta({ description: cacheReadRate }),
    cache_write_ucr_per_mtok: nonNegativeUcr.meta({ description: cacheWriteRate }),
    per_call_ucr: nonNegativeUcr,
    free: z.boolean(),
    effective_at: isoTime,
  })
  .meta({ id: 'Price' });
export type Price = z.infer<typeof price>;

export const priceList = z
  .object({ data: z.array(price), next_cursor: z.string().nullable() })
  .meta({ id: 'PriceList' });

/**
 * What was used by one generation. `source` says who counted. The cached tokens are parts of `input_tokens`, billed at rates of
 * their own; both may be left out.
 */
export const usage = z
  .strictObject({
    input_tokens: tokenCount,
    output_tokens: tokenCount,
    cache_read_tokens: tokenCount.optional(),
    cache_write_tokens: tokenCount.optional(),
    source: z.enum(['provider', 'estimated']),
  })
  .refine(
    ({ input_tokens, cache_read_tokens: read = 0, cache_write_tokens: write = 0 }) => read + write <= input_tokens,
    {
      path: ['cache_read_tokens'],
      error: 'the cached tokens are parts of input_tokens, so there are no more than those',
    },
  )
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof usage>;

/** A hold that shows no sign of life for this long counts as abandoned. */
const holdTtlSeconds = 90;

/**
 * POST /holds. The account is the organisation's when the user's access token in `X-Subject-Token` is for one, else the
 * user's own.
 */
export const createHold = z
  .strictObject({
    hold_id: z.string().regex(streamIdPattern),
    chat_session_id: z.string().min(1).max(100),
    model: modelId,
    input_tokens: tokenCount,
    max_output_tokens: tokenCount,
    wanted_output_tokens: tokenCount.optional().meta({
      description:
        'The most that the model is going to be asked for. As much of it as the answer calls affordable is promised: no other ' +
        'hold is promised the same credits while this one is held',
    }),
    /** How long the hold lives without a sign of life; every progress report restarts it. */
    ttl_seconds: z.int().min(10).max(600).default(holdTtlSeconds),
  })
  .meta({
    id: 'CreateHold',
    examples: [
      {
        hold_id: exampleStreamId,
        chat_session_id: 'ses_1f0c9d2e7b6a4853a1d2c3b4e5f60718',
        model: offlineModelId,
        input_tokens: 1_200,
        max_output_tokens: 800,
      },
    ],
  });
export type CreateHold = z.input<typeof createHold>;

export const holdStates = ['held', 'settled', 'released', 'expired', 'late'] as const;

export const hold = z
  .object({
    hold_id: z.string(),
    account_id: z.string(),
    state: z.enum(holdStates),
    model: z.string(),
    price_id: z.string(),
    amount_ucr: nonNegativeUcr,
    /** What the work reported so far costs; an abandoned hold is charged this. */
    used_ucr: nonNegativeUcr,
    /** The output that the amount covers, counted from the beginning of the answer. */
    max_output_tokens: tokenCount,
    charged_ucr: nonNegativeUcr,
    released_ucr: nonNegativeUcr,
    uncollected_ucr: nonNegativeUcr,
    created_at: isoTime,
    expires_at: isoTime,
  })
  .meta({ id: 'Hold' });
export type Hold = z.infer<typeof hold>;

/** The answer to POST /holds. */
export const placedHold = hold
  .extend({
    affordable_output_tokens: tokenCount.meta({
      description:
        'The most output that could be paid for when the hold was made, at its price, without what other open holds were ' +
        'promised: from the account, with what is held here, and under the tightest of the member’s caps. Never less than what ' +
        'is held. 100000000 when output costs nothing.',
    }),
  })
  .meta({ id: 'PlacedHold' });
export type PlacedHold = z.infer<typeof placedHold>;

/** A hold that has ended, and the account's balance right after that. */
export const closedHold = hold
  .extend({
    balance_ucr: nonNegativeUcr,
    /** Whether the settlement came after the hold had expired, and so could charge only what was still available. */
    late: z.boolean(),
  })
  .meta({ id: 'ClosedHold' });
export type ClosedHold = z.infer<typeof closedHold>;

/**
 * PUT /holds/{id}/progress: a sign of life with the usage so far, counted from the beginning. Everything in it is absolute and
 * nothing ever decreases, so a repeated or late report does no harm. 402 `top_up_denied` leaves the hold as large as it was.
 */
export const progressHold = z
  .strictObject({
    streaming_session_id: z.string(),
    seq: z.int().min(1),
    usage,
    /** How many more output tokens, beyond those in the usage, the hold should cover. */
    top_up_output_tokens: tokenCount.optional(),
  })
  .meta({
    id: 'ProgressHold',
    examples: [
      {
        streaming_session_id: exampleStreamId,
        seq: 1,
        usage: { input_tokens: 1_200, output_tokens: 640, source: 'estimated' },
        top_up_output_tokens: 800,
      },
    ],
  });
export type ProgressHold = z.infer<typeof progressHold>;

/** How a generation ended; with the usage it decides who pays. */
export const streamOutcomes = ['completed', 'stopped', 'failed', 'interrupted'] as const;

/** POST /holds/{id}/settle. Charges usage x the price pinned on the hold, rounded up once. */
export const settleHold = z
  .strictObject({ streaming_session_id: z.string(), usage, outcome: z.enum(streamOutcomes) })
  .meta({
    id: 'SettleHold',
    examples: [
      {
        streaming_session_id: exampleStreamId,
        usage: { input_tokens: 1_200, output_tokens: 345, source: 'provider' },
        outcome: 'completed',
      },
    ],
  });
export type SettleHold = z.infer<typeof settleHold>;

/** POST /holds/{id}/release: nothing was generated, nothing is charged. */
export const releaseHold = z
  .strictObject({ streaming_session_id: z.string(), reason: z.string().min(1).max(200) })
  .meta({
    id: 'ReleaseHold',
    examples: [{ streaming_session_id: exampleStreamId, reason: 'the model could not be reached' }],
  });
export type ReleaseHold = z.infer<typeof releaseHold>;

import { isoTime, usage } from '@parley/contracts';
import { z } from 'zod';
import type { StreamRecord } from '../streams/stream.schema.js';

export const streamId = z.string().min(1).max(100);

export const replayQuery = z.strictObject({
  after: z.string().max(20).optional().meta({ description: 'Go on after this seq; 0 or nothing: from the start' }),
});
export type ReplayQuery = z.infer<typeof replayQuery>;

export const streamStatusDto = z
  .object({
    streaming_session_id: z.string(),
    message_id: z.string(),
    model: z.string(),
    state: z.enum(['streaming', 'completed', 'stopped', 'failed', 'interrupted']),
    last_seq: z.int(),
    finish_reason: z.string().nullable(),
    usage: usage.nullable(),
    charged_ucr: z.int().nullable(),
    created_at: isoTime,
    ended_at: isoTime.nullable(),
  })
  .meta({ id: 'StreamStatus' });

/** @param lastSeq the last chunk that may be read */
export const toStreamStatusDto = (record: StreamRecord, lastSeq: number) => ({
  streaming_session_id: record._id,
  message_id: record.message_id,
  model: record.model,
  state: record.state,
  last_seq: lastSeq,
  finish_reason: record.finish_reason ?? null,
  usage: record.usage ?? null,
  charged_ucr: record.settlement.charged_ucr ?? null,
  created_at: record.created_at.toISOString(),
  ended_at: record.ended_at?.toISOString() ?? null,
});

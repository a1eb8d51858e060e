import { createHash } from 'node:crypto';
import { modelId } from '@parley/contracts';
import { z } from 'zod';

/** The longest question, in characters. */
const maxContentCharacters = 32_000;

export const startStream = z
  .strictObject({
    content: z
      .string()
      .max(maxContentCharacters)
      .refine((text) => text.trim() !== '' && text.isWellFormed(), 'must be text'),
    model: modelId.optional(),
    max_tokens: z.int().min(1).max(1_000_000).optional(),
    temperature: z.number().min(0).max(2).optional(),
  })
  .meta({ id: 'StartStream', examples: [{ content: 'What can you do?' }] });
export type StartStream = z.infer<typeof startStream>;

/** Tells whether a repeated Idempotency-Key comes with the same request. */
export const bodyHash = ({ content, model, max_tokens, temperature }: StartStream): string =>
  createHash('sha256')
    .update(JSON.stringify([content, model ?? null, max_tokens ?? null, temperature ?? null]))
    .digest('hex');

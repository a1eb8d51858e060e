import { z } from 'zod';

/** Nothing is chosen by the visitor: who they are is in the cookie, and in no parameter. */
export const noQuery = z.strictObject({});

export const anonymousAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds' }),
    visitor_id: z.string(),
  })
  .meta({ id: 'AnonymousAnswer' });
export type AnonymousAnswer = z.infer<typeof anonymousAnswer>;

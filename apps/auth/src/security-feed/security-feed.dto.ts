import { z } from 'zod';
import { EventLog } from './event-log.js';

export const feedQuery = z.strictObject({
  after: z
    .string()
    .max(100)
    .refine((text) => EventLog.isCursor(text), 'not a cursor of this feed'),
});
export type FeedQuery = z.infer<typeof feedQuery>;

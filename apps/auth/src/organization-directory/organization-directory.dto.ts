import { pageQuery } from '@parley/platform';
import { z } from 'zod';

/** Pages of up to 1,000; the cursor is the last user id of the page before. */
export const internalMembersQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
  cursor: pageQuery.cursor,
});
export type InternalMembersQuery = z.infer<typeof internalMembersQuery>;

import { z } from 'zod';
import type { Rotation } from './key-rotation.service.js';

export const rotateKeys = z
  .strictObject({
    /** The current key is known to somebody else: everything that it signed is void at once, and everybody renews their tokens. */
    revoke: z.boolean().optional(),
    reason: z.string().trim().min(1).max(200),
  })
  .meta({
    id: 'RotateKeys',
    examples: [{ reason: 'a member of the staff has left' }, { revoke: true, reason: 'a backup was found in public' }],
  });
export type RotateKeys = z.infer<typeof rotateKeys>;

export const rotatedKeys = z
  .object({ current: z.string(), standby: z.string(), previous: z.string().optional(), revoked: z.string().optional() })
  .meta({ id: 'RotatedKeys' });
export type RotatedKeys = z.infer<typeof rotatedKeys>;

export const toRotatedKeys = ({ current, standby, replaced }: Rotation, revoke: boolean): RotatedKeys => ({
  ...{ current, standby },
  ...(revoke ? { revoked: replaced } : { previous: replaced }),
});

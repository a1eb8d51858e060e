import { z } from 'zod';

/** Why an administrator asks for something. Well-formed text is stored as it came, so that a repeat is answered with the same. */
export const reasonInput = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.isWellFormed(), 'must be text');

import { z } from 'zod';

/** Why a person has something booked. Well-formed text is stored as it came, so a repeated request is answered with the same. */
export const reasonInput = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.isWellFormed(), 'must be text');

import { z } from 'zod';

/**
 * An e-mail address in the one form under which it is stored and looked up: compatibility forms folded (a full-width @ is an @),
 * lower case, no spaces around it. Dots and plus signs stay: they are the mail server's business.
 */
export const emailAddress = z
  .string()
  .max(254)
  .normalize('NFKC')
  .trim()
  .toLowerCase()
  .regex(z.regexes.email, 'is not an e-mail address');

/** A username in its one form: 2 to 32 letters, digits and `. _ -`, beginning with a letter or digit, lower case. */
export const username = z
  .string()
  .max(100)
  .normalize('NFKC')
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{1,31}$/, 'holds 2 to 32 letters, digits and . _ -, and begins with a letter or digit');

import { compare } from 'bcryptjs';
import type { HashReader } from './foreign-hash.js';

/** About three seconds; what systems use is 10 to 12. */
const maxCost = 15;

/**
 * `$2a$`, `$2b$` and `$2y$`: only the first 72 bytes of a password count, as they did where the hash comes from. At the first sign-in
 * the password is hashed anew as a whole, and from then on all of it counts.
 */
export const readBcrypt: HashReader = (text) => {
  if (!/^\$2[aby]\$/.test(text)) return undefined;
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? [];
  if (cost === undefined || Number(cost) < 4) return 'hash_malformed';
  if (Number(cost) > maxCost) return 'hash_too_expensive';
  return { format: 'bcrypt', matches: (password) => compare(password, text) };
};

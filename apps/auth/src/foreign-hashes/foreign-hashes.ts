import { readArgon2 } from './argon2.js';
import { readBcrypt } from './bcrypt.js';
import type { ForeignHash, HashReader, HashRefusal } from './foreign-hash.js';
import { readPbkdf2 } from './pbkdf2.js';
import { readFirebaseScrypt, readScrypt } from './scrypt.js';
import { readWrappedSha256 } from './sha256.js';

const readers: readonly HashReader[] = [
  readBcrypt,
  readArgon2,
  readWrappedSha256,
  readScrypt,
  readFirebaseScrypt,
  readPbkdf2,
];
const maxLength = 1_024;

/** Reads a password hash of another system, without any of its work. What it returns is safe to check a password against. */
export function readForeignHash(text: string): ForeignHash | HashRefusal {
  if (text.length > maxLength) return 'hash_malformed';
  for (const read of readers) {
    const hash = read(text);
    if (hash !== undefined) return hash;
  }
  return 'hash_format_unknown';
}

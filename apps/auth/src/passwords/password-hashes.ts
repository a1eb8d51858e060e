import { hash, verify } from '@node-rs/argon2';
import { isRefusal } from '../foreign-hashes/foreign-hash.js';
import { readForeignHash } from '../foreign-hashes/foreign-hashes.js';

/** Argon2id as OWASP advises: 19 MiB, two passes, one lane; about 17 ms. It is the library's default algorithm. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const ours = '$argon2id$v=19$m=19456,t=2,p=1$';

/** How passwords are stored: our own hashes, and those that were imported until their users sign in. */
export const PasswordHashes = {
  hash: (password: string): Promise<string> => hash(password, parameters),

  /** Whether it was made here and as today. Any other is replaced when its password is known: at the next sign-in. */
  isCurrent: (passwordHash: string): boolean => passwordHash.startsWith(ours),

  /** Whatever is no hash that we can check is matched by nothing. */
  async matches(passwordHash: string, password: string): Promise<boolean> {
    if (passwordHash.startsWith(ours)) return verify(passwordHash, password);
    const foreign = readForeignHash(passwordHash);
    return isRefusal(foreign) ? false : foreign.matches(password);
  },
};

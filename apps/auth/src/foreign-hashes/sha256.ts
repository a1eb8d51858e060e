import { createHash } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import { type HashReader, isRefusal } from './foreign-hash.js';
import { readArgon2 } from './argon2.js';

const given = /^sha256\$([^$]{0,128})\$([0-9a-fA-F]{64})$/;
const wrapped = /^\$argon2-sha256\$([A-Za-z0-9_-]*)(\$argon2id\$.+)$/;

const digestOf = (salt: string, password: string): string =>
  createHash('sha256').update(salt).update(password).digest('hex');

/** A single SHA-256 of salt and password, `sha256$<salt>$<hex>`; unsalted where the salt is empty. */
export const readSha256 = (text: string): { salt: string; digest: string } | undefined => {
  const [, salt, digest] = given.exec(text) ?? [];
  return salt === undefined || digest === undefined ? undefined : { salt, digest: digest.toLowerCase() };
};

/**
 * A fast hash is not stored as it is: a stolen one is guessed by the billion. The digest is hashed with Argon2id like a password.
 * @param hash Argon2id of a text
 * @returns `$argon2-sha256$<salt, base64url>$argon2id$…`
 */
export async function wrapSha256(
  { salt, digest }: { salt: string; digest: string },
  hash: (text: string) => Promise<string>,
): Promise<string> {
  return `$argon2-sha256$${Buffer.from(salt).toString('base64url')}${await hash(digest)}`;
}

export const readWrappedSha256: HashReader = (text) => {
  if (!text.startsWith('$argon2-sha256$')) return undefined;
  const [, salt, argon2] = wrapped.exec(text) ?? [];
  if (salt === undefined || argon2 === undefined) return 'hash_malformed';
  const inner = readArgon2(argon2);
  if (!inner || isRefusal(inner)) return inner ?? 'hash_malformed';
  const plainSalt = Buffer.from(salt, 'base64url').toString();
  return { format: 'sha256', matches: (password) => verify(argon2, digestOf(plainSalt, password)) };
};

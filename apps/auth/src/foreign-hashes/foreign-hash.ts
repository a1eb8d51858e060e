import { timingSafeEqual } from 'node:crypto';

/** A password hash as another system has stored it. */
export interface ForeignHash {
  /** Its name, for reports: `bcrypt`, `pbkdf2-sha256`… */
  format: string;
  matches(password: string): Promise<boolean>;
}

/**
 * Why a hash is not taken: of no known format, known but damaged, or with parameters that would let a sign-in keep the machine busy
 * or exhaust its memory.
 */
export type HashRefusal = 'hash_format_unknown' | 'hash_malformed' | 'hash_too_expensive';

/** A reader of one family of formats: undefined for what is none of its own. */
export type HashReader = (text: string) => ForeignHash | HashRefusal | undefined;

export const isRefusal = (hash: ForeignHash | HashRefusal | undefined): hash is HashRefusal => typeof hash === 'string';

/** Compares in constant time, like all comparisons of secrets. */
export const isSame = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

/** Base64 with or without padding, in passlib's alphabet too (`.` for `+`). @returns undefined for anything else */
export function fromBase64(text: string): Buffer | undefined {
  const plain = text.replaceAll('.', '+').replace(/=+$/, '');
  const bytes = Buffer.from(plain, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === plain ? bytes : undefined;
}

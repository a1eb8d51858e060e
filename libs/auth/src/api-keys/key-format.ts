import { createHash, hash, randomBytes } from 'node:crypto';

/** `pk_`, 256 random bits in base64url, and six characters that say whether the ones before them were copied right. */
const form = /^pk_[A-Za-z0-9_-]{49}$/;
const start = 'pk_';
const checkLength = 6;

/** A key at the moment in which it is made. The key itself is stored nowhere. */
export interface NewApiKey {
  key: string;
  /** SHA-256 in base64url, by which it is found again. */
  hash: string;
  /** The beginning, by which people tell keys apart. */
  prefix: string;
  /** The last four characters. */
  last4: string;
}

export function newApiKey(): NewApiKey {
  const body = start + randomBytes(32).toString('base64url');
  const key = body + checkOf(body);
  return { key, hash: hashOfApiKey(key), prefix: key.slice(0, 8), last4: key.slice(-4) };
}

/** Whether a credential is meant to be an API key and no access token, which never begins like this. */
export const looksLikeApiKey = (credential: string): boolean => credential.startsWith(start);

/** Whether it can be a key at all. What was made up or mistyped is found out here, and nobody has to be asked. */
export const isApiKey = (credential: string): boolean =>
  form.test(credential) && checkOf(credential.slice(0, -checkLength)) === credential.slice(-checkLength);

export const hashOfApiKey = (key: string): string => hash('sha256', key, 'base64url');

const checkOf = (body: string): string =>
  createHash('sha256').update(`parley api key ${body}`).digest('base64url').slice(0, checkLength);

import { createHmac, randomInt } from 'node:crypto';

/** No letter or digit that is taken for another when it is read from paper. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
const characters = 10;
const count = 10;

const newCode = (): string => {
  const code = Array.from({ length: characters }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${code.slice(0, 5)}-${code.slice(5)}`;
};

/** Ten codes of 49 bits each. */
export const newRecoveryCodes = (): string[] => Array.from({ length: count }, newCode);

/** People leave out the dash, add spaces and write capitals. */
const canonical = (code: string): string => code.toLowerCase().replace(/[\s-]/g, '');

export const isRecoveryCode = (code: string): boolean => canonical(code).length === characters;

/** What is stored of a code: without the key nobody finds the code by trying all, and the same code of two users differs. */
export const recoveryCodeDigest = (key: Buffer, userId: string, code: string): string =>
  createHmac('sha256', key)
    .update(`recovery ${userId} ${canonical(code)}`)
    .digest('base64url');

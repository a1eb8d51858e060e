import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const form = /^dc1\.([A-Za-z0-9_-]{22})((?:\.\d{1,6}-[A-Za-z0-9_-]{22}){1,4})$/;
const maxAccounts = 4;
const dayMs = 86_400_000;
export const deviceLifeDays = 180;

/** One account that has signed in on the device: the day on which it did so last, and the proof that we said so. */
interface Mark {
  day: number;
  mac: string;
}

/**
 * What a device cookie holds: a random name of the device, and a mark for each of the few accounts that have signed in on it last.
 * A mark is an HMAC under the account's key, so that it shows nothing, and fits no other account and no other device.
 */
export interface DeviceCookie {
  nonce: string;
  marks: readonly Mark[];
}

export const newDevice = (): DeviceCookie => ({ nonce: randomBytes(16).toString('base64url'), marks: [] });

/** @returns undefined for what cannot be one; whether its marks are true is another question */
export function readDeviceCookie(text: string): DeviceCookie | undefined {
  const [, nonce, tail] = form.exec(text) ?? [];
  if (!nonce || !tail) return undefined;
  const marks = tail
    .slice(1)
    .split('.')
    .map((mark) => ({ day: Number(mark.slice(0, mark.indexOf('-'))), mac: mark.slice(mark.indexOf('-') + 1) }));
  return { nonce, marks };
}

export const writeDeviceCookie = ({ nonce, marks }: DeviceCookie): string =>
  ['dc1', nonce, ...marks.map(({ day, mac }) => `${day}-${mac}`)].join('.');

/** Whether the account has signed in on the device within the time that a mark is good for. */
export function knows({ nonce, marks }: DeviceCookie, accountKey: Buffer, nowMs: number): boolean {
  return marks.some(({ day, mac }) => isEqual(mac, macOf(accountKey, nonce, day)) && isFresh(day, nowMs));
}

/** Puts the account first and drops those that were there longest. */
export function withMark({ nonce, marks }: DeviceCookie, accountKey: Buffer, nowMs: number): DeviceCookie {
  const others = marks.filter(({ day, mac }) => !isEqual(mac, macOf(accountKey, nonce, day)));
  const day = Math.floor(nowMs / dayMs);
  const mark = { day, mac: macOf(accountKey, nonce, day) };
  return { nonce, marks: [mark, ...others].slice(0, maxAccounts) };
}

/** Under which name a device is stored. */
export const deviceId = ({ nonce }: DeviceCookie): string =>
  createHash('sha256').update(nonce).digest('base64url').slice(0, 22);

const isFresh = (day: number, nowMs: number): boolean => nowMs < (day + deviceLifeDays) * dayMs;

/** Half of an HMAC-SHA256 (RFC 2104, 5). */
const macOf = (accountKey: Buffer, nonce: string, day: number): string =>
  createHmac('sha256', accountKey).update(`${nonce}.${day}`).digest().subarray(0, 16).toString('base64url');

const isEqual = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other));

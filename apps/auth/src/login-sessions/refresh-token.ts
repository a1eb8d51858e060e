import { createHmac, timingSafeEqual } from 'node:crypto';

const form = /^rt1\.(sid_[0-9a-f]{32})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{64})$/;
/** The fourth part is 48 bytes: a MAC under the session's key, and in front of it one that needs no session to be checked. */
const outerBytes = 16;

export interface RefreshToken {
  sid: string;
  counter: number;
  /** The MAC under the session's own key. */
  inner: Buffer;
}

/** @returns `rt1.<sid>.<counter>.<MAC>`; the same for the same session and counter, so that it need not be stored */
export function writeRefreshToken(ourKey: Buffer, sessionKey: Buffer, sid: string, counter: number): string {
  const text = `rt1.${sid}.${counter}`;
  const inner = innerMac(sessionKey, text);
  return `${text}.${Buffer.concat([outerMac(ourKey, text, inner), inner]).toString('base64url')}`;
}

/**
 * Reads a token that this installation has made, without looking anything up; whether the session knows it is another question.
 * @returns undefined for anything else, in whatever way it differs: there is one spelling of a token
 */
export function readRefreshToken(ourKey: Buffer, token: string): RefreshToken | undefined {
  const [, sid, counter, mac] = form.exec(token) ?? [];
  if (!sid || !counter || !mac) return undefined;
  const bytes = Buffer.from(mac, 'base64url');
  const inner = bytes.subarray(outerBytes);
  const expected = outerMac(ourKey, `rt1.${sid}.${counter}`, inner);
  return timingSafeEqual(expected, bytes.subarray(0, outerBytes))
    ? { sid, counter: Number(counter), inner }
    : undefined;
}

export const isOfSession = (sessionKey: Buffer, { sid, counter, inner }: RefreshToken): boolean =>
  timingSafeEqual(innerMac(sessionKey, `rt1.${sid}.${counter}`), inner);

const innerMac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Half of an HMAC-SHA256 (RFC 2104, 5). It covers the other MAC too, so that none of its bits can be changed. */
const outerMac = (key: Buffer, text: string, inner: Buffer): Buffer =>
  createHmac('sha256', key).update(`${text}.`).update(inner).digest().subarray(0, outerBytes);

import { createHmac, timingSafeEqual } from 'node:crypto';

const form = /^an1\.(vis_[0-9a-f]{32})\.([A-Za-z0-9_-]{43})$/;

/** @returns `an1.<visitor>.<HMAC-SHA256>`: whoever has it is that visitor, so it is a secret of their browser */
export const writeVisitorCookie = (key: Buffer, visitorId: string): string =>
  `an1.${visitorId}.${mac(key, visitorId).toString('base64url')}`;

/** @returns the visitor; undefined for what this installation has not made, of which there is one spelling */
export function readVisitorCookie(key: Buffer, cookie: string): string | undefined {
  const [, visitorId, given] = form.exec(cookie) ?? [];
  if (!visitorId || !given) return undefined;
  const expected = mac(key, visitorId);
  const isOurs = timingSafeEqual(expected, Buffer.from(given, 'base64url'));
  return isOurs && expected.toString('base64url') === given ? visitorId : undefined;
}

const mac = (key: Buffer, visitorId: string): Buffer => createHmac('sha256', key).update(`an1.${visitorId}`).digest();

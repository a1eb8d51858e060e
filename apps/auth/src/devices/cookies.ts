import type { FastifyReply } from 'fastify';

/** `__Host-` (RFC 6265bis, 4.1.3.2): only this very host can set them, over a secure connection, for all paths. */
export const refreshCookieName = '__Host-rt';
export const deviceCookieName = '__Host-dc';
export const visitorCookieName = '__Host-anon';

/** All values under one name. A browser that was tricked may send several, of which none can be told to be the right one. */
export function cookiesNamed(name: string, header: string | undefined): string[] {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}

/** @returns a value for `Set-Cookie` */
export function hostCookie(
  name: string,
  value: string,
  lifeSeconds: number,
  sameSite: 'Strict' | 'Lax' = 'Strict',
): string {
  return `${name}=${value}; Path=/; Max-Age=${lifeSeconds}; HttpOnly; Secure; SameSite=${sameSite}`;
}

export const clearedCookie = (name: string): string => hostCookie(name, '', 0);

/** @param cookies values for `Set-Cookie` */
export function setCookies(reply: FastifyReply, cookies: readonly string[]): void {
  if (cookies.length > 0) void reply.header('set-cookie', [...cookies]);
}

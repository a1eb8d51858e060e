import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { cookiesNamed, deviceCookieName, refreshCookieName, visitorCookieName } from './cookies.js';

const maxUserAgentLength = 200;

/** Where a request comes from, as far as that is known. Only the address is sure; nothing here proves who is calling. */
export interface Device {
  ipAddress: string;
  /** What the client says about itself: shown to the user, never trusted. */
  userAgent: string | null;
  /** The device cookie as it was sent, unchecked; null also when there are several of the name. */
  cookie: string | null;
  /** The refresh cookie, likewise: the session that a sign-in from here takes the place of. */
  refreshCookie?: string | null;
  /** The visitor cookie, likewise. */
  visitorCookie?: string | null;
}

export function readDevice({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): Device {
  const only = (name: string): string | null => {
    const [value = null, ...others] = cookiesNamed(name, headers.cookie);
    return others.length === 0 ? value : null;
  };
  return {
    ipAddress: ip,
    userAgent: headers['user-agent']?.slice(0, maxUserAgentLength) ?? null,
    cookie: only(deviceCookieName),
    refreshCookie: only(refreshCookieName),
    visitorCookie: only(visitorCookieName),
  };
}

/** The device that a request comes from. */
export const CurrentDevice = createParamDecorator((_data: unknown, context: ExecutionContext): Device =>
  readDevice(context.switchToHttp().getRequest<FastifyRequest>()),
);

import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { BeforeBody, isAllowedOrigin } from '@parley/platform';
import type { FastifyRequest } from 'fastify';
import { cookiesNamed, refreshCookieName } from '../devices/cookies.js';
import { RefreshErrors } from '../login-sessions/refresh.errors.js';

/** The origins of our own pages: exact, or with any port of this machine. */
export const WEB_ORIGINS = Symbol('WebOrigins');

/** The routes where the refresh cookie does something. */
const guarded = new Set(['/auth/refresh', '/auth/logout', '/auth/logout-all']);
const sites = new Set(['same-origin', 'same-site']);

type Headers = Pick<FastifyRequest, 'headers' | 'protocol' | 'host'>;

/**
 * A browser sends the refresh cookie whoever asks it to. That the cookie is `SameSite=Strict` should be enough; that the request
 * says where it comes from, and is one that a foreign page cannot send without asking (CORS), is the second lock.
 */
@Injectable()
export class CrossSite implements OnModuleInit {
  constructor(
    @Inject(WEB_ORIGINS) private readonly origins: readonly string[],
    private readonly beforeBody: BeforeBody,
  ) {}

  /** Before the body, because forms and texts are refused there for another reason. */
  onModuleInit(): void {
    this.beforeBody.register((request) => {
      if (guarded.has(request.routeOptions.url ?? '')) this.refuse(request);
      return Promise.resolve();
    });
  }

  /** @throws DomainError `csrf` for a request with the cookie that may come from a foreign page */
  refuse(request: Headers): void {
    if (cookiesNamed(refreshCookieName, request.headers.cookie).length === 0) return;
    const { origin, 'content-type': contentType = '', 'sec-fetch-site': site } = request.headers;
    const isJson = /^application\/json\s*(;|$)/i.test(contentType);
    const isOurSite = site === undefined || sites.has(String(site));
    if (!isJson || !isOurSite || !this.isOurs(origin, request)) throw RefreshErrors.csrf();
  }

  /** Every browser sends an `Origin` with a POST. */
  private isOurs(origin: string | undefined, { protocol, host }: Headers): boolean {
    if (origin === undefined) return false;
    return origin === `${protocol}://${host}` || isAllowedOrigin(origin, this.origins);
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '@parley/platform';
import { hostCookie, refreshCookieName } from '../devices/cookies.js';
import type { User } from '../users/user.schema.js';
import { AccessTokensService } from './access-tokens.service.js';
import type { LoginSession } from './login-session.schema.js';
import { type LoginAnswer, toLoginAnswer } from './login-sessions.dto.js';
import { endsAt } from './refresh-judgement.js';
import { REFRESH_LIFE, type RefreshLife } from './refresh-life.js';
import { RefreshTokens } from './refresh-tokens.js';

/** What a route that gives tokens sends: the body, and values for `Set-Cookie` (see `setCookies`). */
export interface SignedInAnswer {
  answer: LoginAnswer;
  cookies: readonly string[];
}

/** The tokens of a session as they are now. The refresh token goes one way only, by the kind of the client. */
@Injectable()
export class SessionAnswers {
  constructor(
    @Inject(REFRESH_LIFE) private readonly life: RefreshLife,
    private readonly accessTokens: AccessTokensService,
    private readonly refreshTokens: RefreshTokens,
    private readonly clock: Clock,
  ) {}

  async of(user: User, session: LoginSession): Promise<SignedInAnswer> {
    const refreshToken = this.refreshTokens.write(session, session.refresh_counter);
    const answer = toLoginAnswer(user, await this.accessTokens.issue(user, session));
    if (session.client === 'native') return { answer: { ...answer, refresh_token: refreshToken }, cookies: [] };
    const lifeSeconds = Math.floor((endsAt(session, this.life) - this.clock.now()) / 1_000);
    return { answer, cookies: [hostCookie(refreshCookieName, refreshToken, lifeSeconds)] };
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import type { Device } from '../devices/device.js';
import { type ClientKind, LOGIN_SESSIONS, type LoginSession } from './login-session.schema.js';
import { LoginSessionsService } from './login-sessions.service.js';
import { endsAt } from './refresh-judgement.js';
import { REFRESH_LIFE, type RefreshLife } from './refresh-life.js';
import { RefreshErrors } from './refresh.errors.js';
import { RefreshTokens } from './refresh-tokens.js';

/** Finds the session to which a refresh token belongs. */
@Injectable()
export class PresentedSessions {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    @Inject(REFRESH_LIFE) private readonly life: RefreshLife,
    private readonly refreshTokens: RefreshTokens,
    private readonly loginSessionsService: LoginSessionsService,
    private readonly clock: Clock,
  ) {}

  /**
   * The live session of a genuine token, whichever of its tokens that is.
   * @param client how the token came: one that was made for a cookie is worth nothing in a body
   * @throws DomainError `invalid_refresh_token`, `session_expired`, `session_revoked`, `refresh_reuse`
   */
  async find(token: string, client: ClientKind): Promise<{ session: LoginSession; counter: number }> {
    const { session, counter } = await this.findAny(token, client);
    if (session.ended_at !== null) throw RefreshErrors.over(session.end_reason);
    if (endsAt(session, this.life) <= this.clock.now()) {
      // Written down, so that a clock that is moved back does not bring it to life again.
      await inTransaction(this.connection, (dbSession) =>
        this.loginSessionsService.end(session._id, 'expired', dbSession, { actor: null }),
      );
      throw RefreshErrors.expired();
    }
    return { session, counter };
  }

  /** The live session whose cookie a sign-in in the same browser overwrites (ASVS 7.2.4). Others of its cookies are worth nothing. */
  async replacedBy({ refreshCookie }: Device): Promise<string | undefined> {
    if (!refreshCookie || !this.refreshTokens.read(refreshCookie)) return undefined;
    const { session } = await this.findAny(refreshCookie, 'browser').catch(() => ({ session: undefined }));
    return session?._id;
  }

  /** The session of a genuine token, live or over. @throws DomainError `invalid_refresh_token`, `session_expired` */
  async findAny(token: string, client: ClientKind): Promise<{ session: LoginSession; counter: number }> {
    const presented = this.refreshTokens.read(token);
    if (!presented) throw RefreshErrors.invalid();
    const session = await this.loginSessions.findOne({ _id: presented.sid }).lean<LoginSession>();
    // We have made it, so it was there: it has been swept since.
    if (!session) throw RefreshErrors.expired();
    const isOurs = session.client === client && this.refreshTokens.isOf(session, presented);
    if (!isOurs) throw RefreshErrors.invalid();
    return { session, counter: presented.counter };
  }
}

import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { AccessRules, AuthErrors, CredentialReaders } from '@parley/auth';
import { inTransaction } from '@parley/platform';
import type { FastifyRequest } from 'fastify';
import type { Connection } from 'mongoose';
import { LoginSessionsService } from '../login-sessions/login-sessions.service.js';
import { PresentedSessions } from '../login-sessions/presented-sessions.js';
import { presentedToken } from './presented-token.js';
import type { LogoutRequest } from './refresh.dto.js';

type Request = Pick<FastifyRequest, 'headers' | 'raw' | 'ip'>;

/** Ends sessions for whoever holds a token of one. */
@Injectable()
export class LogoutService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly sessions: LoginSessionsService,
    private readonly presented: PresentedSessions,
    private readonly readers: CredentialReaders,
    private readonly rules: AccessRules,
  ) {}

  /**
   * Any token of the session will do, be it an old one: nobody gains anything by ending it.
   * @throws DomainError `token_missing`, and what a refresh token or an access token is refused with
   */
  async one(body: LogoutRequest, request: Request): Promise<void> {
    const { sid } = await this.callerOf(body, request, (...given) => this.presented.findAny(...given));
    const by = { ipAddress: request.ip };
    await inTransaction(this.connection, (session) => this.sessions.end(sid, 'signed_out', session, by));
  }

  /** Only a live session may end the others. @throws DomainError as for one */
  async all(body: LogoutRequest, request: Request): Promise<void> {
    const { userId } = await this.callerOf(body, request, (...given) => this.presented.find(...given));
    const by = { ipAddress: request.ip };
    await inTransaction(this.connection, (session) =>
      this.sessions.endAllOf(userId, 'signed_out_everywhere', session, by),
    );
  }

  private async callerOf(
    body: LogoutRequest,
    request: Request,
    find: PresentedSessions['find'],
  ): Promise<{ sid: string; userId: string }> {
    const token = presentedToken(body, request.headers.cookie);
    if (token) {
      const { session } = await find(token.token, token.client);
      return { sid: session._id, userId: session.user_id };
    }
    const { principal } = await this.readers.identify(request.raw);
    await this.rules.admit(principal, { kind: 'user' });
    if (principal.kind !== 'user') throw AuthErrors.userTokenRequired();
    return { sid: principal.loginSessionId, userId: principal.userId };
  }
}

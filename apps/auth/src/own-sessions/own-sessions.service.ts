import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { LOGIN_SESSIONS, type LoginSession } from '../login-sessions/login-session.schema.js';
import { LoginSessionsService } from '../login-sessions/login-sessions.service.js';
import type { SessionsQuery } from './own-sessions.dto.js';
import { REFRESH_LIFE, type RefreshLife } from '../login-sessions/refresh-life.js';
import { OwnSessionErrors } from './own-sessions.errors.js';

/** Whose sessions they are, and from where they are asked about. */
export interface Owner {
  userId: string;
  ipAddress: string;
}

/** A user's own sessions. Those of others are not found. */
@Injectable()
export class OwnSessionsService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    @Inject(REFRESH_LIFE) private readonly life: RefreshLife,
    private readonly sessions: LoginSessionsService,
    private readonly clock: Clock,
  ) {}

  /** The live ones, newest first. @throws DomainError `cursor_invalid` */
  async list(userId: string, { limit, cursor }: SessionsQuery): Promise<{ page: LoginSession[]; next: string | null }> {
    const found = await this.loginSessions
      .find({ ...this.live(userId), ...(cursor === undefined ? {} : before(cursor)) })
      .sort({ created_at: -1, _id: -1 })
      .limit(limit + 1)
      .lean<LoginSession[]>();
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return { page, next: found.length > limit && last ? cursorOf(last) : null };
  }

  /** @throws DomainError `session_not_found` */
  async end({ userId, ipAddress }: Owner, sid: string): Promise<void> {
    await inTransaction(this.connection, async (session) => {
      const isOwn = await this.loginSessions.exists({ _id: sid, ...this.live(userId) }).session(session);
      if (!isOwn || !(await this.sessions.end(sid, 'ended_by_user', session, { ipAddress })))
        throw OwnSessionErrors.notFound();
    });
  }

  async endOthers({ userId, ipAddress }: Owner, except: string): Promise<void> {
    await inTransaction(this.connection, (session) =>
      this.sessions.endAllOf(userId, 'ended_by_user', session, { except, ipAddress }),
    );
  }

  private live(userId: string) {
    const { idleSeconds, absoluteSeconds } = this.life;
    const after = (seconds: number) => ({ $gt: new Date(this.clock.now() - seconds * 1_000) });
    return {
      user_id: userId,
      ended_at: null,
      refreshed_at: after(idleSeconds),
      $and: [{ created_at: after(absoluteSeconds) }],
    };
  }
}

const cursorOf = ({ created_at, _id }: LoginSession): string => `${created_at.getTime()}.${_id}`;

function before(cursor: string) {
  const [, ms, id] = /^(\d{1,15})\.(sid_[0-9a-f]{32})$/.exec(cursor) ?? [];
  if (!ms || !id) throw OwnSessionErrors.cursorInvalid();
  const created_at = new Date(Number(ms));
  return { $or: [{ created_at: { $lt: created_at } }, { created_at, _id: { $lt: id } }] };
}

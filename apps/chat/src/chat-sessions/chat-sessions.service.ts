import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { CHAT_SESSIONS, type ChatSession } from './chat-session.schema.js';
import type { ChangeChatSession, CreateChatSession, ListQuery } from './chat-sessions.dto.js';
import { ChatSessionErrors } from './chat-sessions.errors.js';

/** The conversations of a user. Somebody else's session and one that is not there look the same. */
@Injectable()
export class ChatSessionsService {
  constructor(
    @InjectModel(CHAT_SESSIONS) private readonly sessions: Model<ChatSession>,
    private readonly clock: Clock,
  ) {}

  async create(userId: string, { title, model }: CreateChatSession): Promise<ChatSession> {
    const now = this.clock.date();
    const session: ChatSession = {
      _id: this.nextId(),
      user_id: userId,
      title: title ?? null,
      model: model ?? null,
      message_seq: 0,
      created_at: now,
      updated_at: now,
      deleted_at: null,
    };
    await this.sessions.create([session]);
    return session;
  }

  /** Newest first. @throws DomainError `cursor_invalid` */
  async list(
    userId: string,
    { limit, cursor }: ListQuery,
  ): Promise<{ sessions: ChatSession[]; nextCursor: string | null }> {
    if (cursor !== undefined && !idPattern.test(cursor)) throw ChatSessionErrors.cursorInvalid();
    const before = cursor === undefined ? {} : { _id: { $lt: cursor } };
    const found = await this.sessions
      .find({ user_id: userId, deleted_at: null, ...before })
      .sort({ _id: -1 })
      .limit(limit + 1)
      .lean<ChatSession[]>();
    const page = found.slice(0, limit);
    return { sessions: page, nextCursor: found.length > limit ? page.at(-1)!._id : null };
  }

  /** @throws DomainError `session_not_found` */
  async get(userId: string, id: string): Promise<ChatSession> {
    const session = await this.sessions.findOne({ _id: id, user_id: userId, deleted_at: null }).lean<ChatSession>();
    if (!session) throw ChatSessionErrors.notFound();
    return session;
  }

  /** Whoever it belongs to by now. */
  async isThere(id: string): Promise<boolean> {
    return (await this.sessions.exists({ _id: id, deleted_at: null })) !== null;
  }

  /** @throws DomainError `session_not_found` */
  async change(userId: string, id: string, change: ChangeChatSession): Promise<ChatSession> {
    const session = await this.sessions
      .findOneAndUpdate(
        { _id: id, user_id: userId, deleted_at: null },
        { $set: { ...change, updated_at: this.clock.date() } },
        { returnDocument: 'after' },
      )
      .lean<ChatSession>();
    if (!session) throw ChatSessionErrors.notFound();
    return session;
  }

  /** From here on it is found by nobody. @returns false when there was no such session */
  async markDeleted(userId: string, id: string, transaction: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.sessions.updateOne(
      { _id: id, user_id: userId, deleted_at: null },
      { $set: { deleted_at: this.clock.date() } },
      { session: transaction },
    );
    return modifiedCount === 1;
  }

  /**
   * Takes the next message number inside a transaction.
   * @returns it, and whose the session is; undefined when the session was deleted meanwhile
   */
  async takeMessageSeq(id: string, transaction: ClientSession): Promise<{ seq: number; userId: string } | undefined> {
    const session = await this.sessions
      .findOneAndUpdate(
        { _id: id, deleted_at: null },
        { $inc: { message_seq: 1 }, $set: { updated_at: this.clock.date() } },
        { returnDocument: 'after', session: transaction },
      )
      .lean<ChatSession>();
    return session ? { seq: session.message_seq, userId: session.user_id } : undefined;
  }

  /** Sessions of a user, also deleted ones of which something is left, in the order of their ids. */
  async idsOf(userId: string, limit: number, after = ''): Promise<string[]> {
    const filter = { user_id: userId, _id: { $gt: after } };
    const found = await this.sessions.find(filter, { _id: 1 }).sort({ _id: 1 }).limit(limit).lean<ChatSession[]>();
    return found.map(({ _id }) => _id);
  }

  /** Makes sessions of one user another one's. */
  async giveTo(userId: string, ids: readonly string[], from: string): Promise<void> {
    await this.sessions.updateMany({ _id: { $in: ids }, user_id: from }, { $set: { user_id: userId } });
  }

  /** Nothing is left of those that the user has deleted, or that were deleted for them. */
  async purgeDeleted(userId: string): Promise<void> {
    await this.sessions.deleteMany({ user_id: userId, deleted_at: { $ne: null } });
  }

  /** Ids sort by time (they begin with 12 hexadecimal digits of milliseconds), and the list pages by them. */
  private nextId(): string {
    return `ses_${this.clock.now().toString(16).padStart(12, '0')}${randomBytes(10).toString('hex')}`;
  }
}

const idPattern = /^ses_[0-9a-f]{32}$/;

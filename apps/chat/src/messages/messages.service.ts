import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import { type Message, MESSAGES } from './message.schema.js';

/** How many of the newest messages can go to a model, before its context window cuts further. */
const historyLimit = 200;

/** A message gets its place, its time and its owner, who is the session's, when it is stored. */
export type NewMessage = Omit<Message, 'seq' | 'user_id' | 'created_at'>;

/** The messages of a chat session, in the order in which they were said. */
@Injectable()
export class MessagesService {
  constructor(
    @InjectModel(MESSAGES) private readonly messages: Model<Message>,
    private readonly chatSessions: ChatSessionsService,
    private readonly clock: Clock,
  ) {}

  /** Oldest first, from after the cursor (a seq). */
  async list(
    sessionId: string,
    afterSeq: number,
    limit: number,
  ): Promise<{ messages: Message[]; nextCursor: string | null }> {
    const found = await this.messages
      .find({ session_id: sessionId, seq: { $gt: afterSeq } })
      .sort({ seq: 1 })
      .limit(limit + 1)
      .lean<Message[]>();
    const page = found.slice(0, limit);
    return { messages: page, nextCursor: found.length > limit ? String(page.at(-1)!.seq) : null };
  }

  /** The newest messages of a session, oldest first. */
  async recent(sessionId: string): Promise<Message[]> {
    const found = await this.messages
      .find({ session_id: sessionId })
      .sort({ seq: -1 })
      .limit(historyLimit)
      .lean<Message[]>();
    return found.reverse();
  }

  find(id: string): Promise<Message | null> {
    return this.messages.findOne({ _id: id }).lean<Message>();
  }

  /** Puts a message at the end of its chat session. @returns false, with nothing changed, when that was deleted meanwhile */
  async append(message: NewMessage, transaction: ClientSession): Promise<boolean> {
    const place = await this.chatSessions.takeMessageSeq(message.session_id, transaction);
    if (!place) return false;
    const stored = { ...message, seq: place.seq, user_id: place.userId, created_at: this.clock.date() };
    await this.messages.create([stored], { session: transaction });
    return true;
  }

  /** Makes the messages of some sessions another user's. */
  async giveTo(userId: string, sessionIds: readonly string[]): Promise<void> {
    await this.messages.updateMany({ session_id: { $in: sessionIds } }, { $set: { user_id: userId } });
  }

  async deleteAll(sessionId: string, transaction: ClientSession): Promise<void> {
    await this.messages.deleteMany({ session_id: sessionId }, { session: transaction });
  }
}

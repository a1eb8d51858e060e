import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { type Message, MESSAGES } from './message.schema.js';

/** How many of the newest messages can go to a model, before its context window cuts further. */
const historyLimit = 200;

@Injectable()
export class MessagesService {
  constructor(@InjectModel(MESSAGES) private readonly messages: Model<Message>) {}

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

  async add(message: Message, transaction: ClientSession): Promise<void> {
    await this.messages.create([message], { session: transaction });
  }
}

import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction, newId } from '@parley/platform';
import type { Connection } from 'mongoose';
import { MessagesService } from '../messages/messages.service.js';
import type { LoggedText, StreamEnd } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';

/** A turn of a conversation, question and answer: the stream's record and the messages change together or not at all. */
@Injectable()
export class TurnsService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly streams: StreamStore,
    private readonly messages: MessagesService,
  ) {}

  /**
   * The stream begins, together with the user's message.
   * @param maxTokens what the model is asked for at most
   * @returns false when the stream or its chat session is no longer there; then nothing has changed
   */
  async begin(record: StreamRecord, content: string, maxTokens: number): Promise<boolean> {
    return inTransaction(this.connection, async (transaction) => {
      if (!(await this.streams.begin(record, maxTokens, transaction))) return false;
      const facts = { state: null, usage: null, model: null };
      const question = { _id: newId('msg'), ...originOf(record), role: 'user' as const, content, ...facts };
      if (!(await this.messages.append(question, transaction))) throw new SessionGone();
      return true;
    }).catch((error: unknown) => {
      if (error instanceof SessionGone) return false;
      throw error;
    });
  }

  /**
   * Writes the end down, once: the terminal state, the closing that is now due, and the message. The text is the log's, never
   * a client's. @returns the record as it is now, or null when somebody else ended it
   */
  async end(record: StreamRecord, end: StreamEnd, logged: LoggedText): Promise<StreamRecord | null> {
    return inTransaction(this.connection, async (transaction) => {
      const ended = await this.streams.end(record, end, logged, transaction);
      if (!ended || logged.text === '') return ended;
      const { message_id: _id, usage = null, model } = ended;
      const facts = { state: end.state, usage, model };
      // Where the chat session was deleted while the answer was given, the answer is paid for and not kept.
      await this.messages.append(
        { _id, ...originOf(ended), role: 'assistant', content: logged.text, ...facts },
        transaction,
      );
      return ended;
    });
  }
}

class SessionGone extends Error {}

const originOf = ({ _id, session_id }: StreamRecord) => ({ session_id, streaming_session_id: _id });

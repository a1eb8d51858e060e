import { doc, type Doc, type Value } from '../bson/value.js';
import { CODES, type CodeName } from './codes.js';

export interface ErrorExtras {
  labels?: string[];
  /** Further fields of the error, such as keyPattern and keyValue of a duplicate key. */
  details?: Record<string, Value>;
}

/** What a command answers instead of a result; everything a client may decide by is in here. */
export class MongoError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly labels: string[];
  readonly details: Record<string, Value>;

  constructor(code: CodeName | number, message: string, { labels = [], details = {} }: ErrorExtras = {}) {
    super(message);
    this.code = typeof code === 'number' ? code : CODES[code];
    // Errors that MongoDB itself knows by number only are named after the place they were raised at.
    this.codeName = typeof code === 'number' ? `Location${code}` : code;
    this.labels = labels;
    this.details = details;
  }

  /** As the answer to a command. */
  toReply(): Doc {
    const reply = doc({ ok: 0, errmsg: this.message, code: this.code, codeName: this.codeName });
    for (const [key, value] of Object.entries(this.details)) reply.set(key, value);
    if (this.labels.length > 0) reply.set('errorLabels', this.labels);
    return reply;
  }

  /** As one entry of `writeErrors`. */
  toWriteError(index: number): Doc {
    const entry = doc({ index, code: this.code, errmsg: this.message });
    for (const [key, value] of Object.entries(this.details)) entry.set(key, value);
    return entry;
  }
}

export const badValue = (message: string) => new MongoError('BadValue', message);
export const failedToParse = (message: string) => new MongoError('FailedToParse', message);
export const typeMismatch = (message: string) => new MongoError('TypeMismatch', message);

export const writeConflict = (message = 'Write conflict during transaction execution') =>
  new MongoError('WriteConflict', message, { labels: ['TransientTransactionError'] });

import type { Document } from 'bson';

export const ACCOUNTS = 30;
export const OPENING_BALANCE = 1_000;

/** A document in the collection `notes`; each has one writer. */
export interface Note extends Document {
  _id: string;
  rev: number;
}

/** One single-document write: what it does to its note. It is retryable, so the very same command may be sent again. */
export interface NoteWrite {
  command: Document;
  id: string;
  before: Note | undefined;
  after: Note | undefined;
  /** The first answer; undefined until there is one. */
  answer?: Document;
}

/** One multi-document transaction: two balances, an entry and a receipt. */
export interface Transfer {
  id: string;
  from: number;
  to: number;
  amount: number;
  /** `unknown` when its commit was sent but not answered. */
  state: 'committed' | 'absent' | 'unknown';
  commit: Document;
}

/** What the database was told and has acknowledged, kept where a crash of the database cannot reach it. */
export class Book {
  readonly transfers = new Map<string, Transfer>();
  readonly notes = new Map<string, Note>();
  /** The last write of every writer: the only one that can be unanswered, and the one that may be sent again. */
  readonly lastWrites = new Map<string, NoteWrite>();
  readonly faults: string[] = [];

  settle({ id, after }: NoteWrite): void {
    if (after) this.notes.set(id, after);
    else this.notes.delete(id);
  }

  fault(text: string): void {
    this.faults.push(text);
  }
}

export interface Counts {
  rounds: number;
  acknowledged: number;
  transactions: number;
  conflicts: number;
  /** Writes that the crash left unanswered. */
  unanswered: number;
  sentAgain: number;
  checks: number;
}

export const noCounts = (): Counts => ({
  rounds: 0,
  acknowledged: 0,
  transactions: 0,
  conflicts: 0,
  unanswered: 0,
  sentAgain: 0,
  checks: 0,
});

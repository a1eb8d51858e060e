import { Long, UUID, type Document } from 'bson';
import { CommandFailed, type WireClient } from '../database/wire-client.js';
import { ACCOUNTS, OPENING_BALANCE, type Book, type Counts, type Note, type NoteWrite, type Transfer } from './book.js';
import { COMING_AND_GOING, DB, MAJORITY, readAll } from './collections.js';
import type { Random } from './random.js';

const WRITE_CONFLICT = 112;
const NOTHING_TO_DROP = 27;
const TAGS = ['red', 'green', 'blue', 'black', 'white'];

/** One client of the database: it writes one thing after another until the connection is lost, and records it in the book. */
export class Writer {
  /** Retryable writes and transactions have a session each: in a shared one a newer number would rule out repeating an older one. */
  private readonly noteSession = { id: new UUID() };
  private readonly transferSession = { id: new UUID() };
  private lastNumber = 0;

  constructor(
    private readonly name: string,
    private readonly random: Random,
    private readonly book: Book,
    private readonly counts: Counts,
  ) {}

  /** Runs until the connection is lost. */
  async work(client: WireClient, sent: () => void): Promise<never> {
    const run = (command: Document) => {
      const answer = client.run({ ...command, $db: DB, ...command });
      sent();
      return answer;
    };
    for (;;) {
      const kind = this.random.next();
      if (kind < 0.4) await this.transfer(run);
      else if (kind < 0.45) await this.audit(client);
      else if (kind < 0.46) await this.changeIndex(run);
      else await this.write(run, this.nextNoteWrite());
    }
  }

  private async write(run: Run, write: NoteWrite): Promise<void> {
    this.book.lastWrites.set(this.name, write);
    write.answer = await run(write.command);
    this.book.settle(write);
    this.counts.acknowledged++;
  }

  private nextNoteWrite(): NoteWrite {
    const own = [...this.book.notes.values()].filter(({ writer }) => writer === this.name);
    if (own.length < 5 || (own.length < 60 && this.random.chance(0.4))) return this.insertion(own);
    const before = this.random.pick(own);
    if (this.random.chance(0.3)) return this.deletion(before);
    return this.random.chance(0.5) ? this.modification(before) : this.change(before);
  }

  private insertion(own: Note[]): NoteWrite {
    const id = `${this.name}-${++this.lastNumber}`;
    // The numbers of removed notes are used again: an entry left behind in the unique index would refuse them.
    const free = Array.from({ length: 100 }, (_, i) => `${this.name}:${i}`).filter(
      (number) => !own.some((note) => note.number === number),
    );
    const after: Note = { _id: id, writer: this.name, rev: 0, key: this.random.below(10), ...this.looks() };
    if (this.random.chance(0.7)) after.number = this.random.pick(free);
    return this.numbered({ insert: 'notes', documents: [after] }, { id, before: undefined, after });
  }

  private deletion(before: Note): NoteWrite {
    const command = { delete: 'notes', deletes: [{ q: { _id: before._id }, limit: 1 }] };
    return this.numbered(command, { id: before._id, before, after: undefined });
  }

  private change(before: Note): NoteWrite {
    const looks = this.looks();
    const u = { $inc: { rev: 1 }, $set: looks };
    const command = { update: 'notes', updates: [{ q: { _id: before._id }, u }] };
    return this.numbered(command, { id: before._id, before, after: { ...before, ...looks, rev: before.rev + 1 } });
  }

  private modification(before: Note): NoteWrite {
    const looks = this.looks();
    const update = { $inc: { rev: 1 }, $set: looks };
    const command = { findAndModify: 'notes', query: { _id: before._id }, update, new: true };
    return this.numbered(command, { id: before._id, before, after: { ...before, ...looks, rev: before.rev + 1 } });
  }

  private looks(): Document {
    const tags = TAGS.filter(() => this.random.chance(0.4));
    return { tags, rank: this.random.below(100), open: this.random.chance(0.5) };
  }

  private numbered(command: Document, write: Omit<NoteWrite, 'command'>): NoteWrite {
    const numbers = { lsid: this.noteSession, txnNumber: Long.fromNumber(++this.lastNumber) };
    return { command: { ...command, ...numbers, writeConcern: MAJORITY }, ...write };
  }

  private async transfer(run: Run): Promise<void> {
    const number = ++this.lastNumber;
    const from = this.random.below(ACCOUNTS);
    const to = (from + 1 + this.random.below(ACCOUNTS - 1)) % ACCOUNTS;
    const mark = { lsid: this.transferSession, txnNumber: Long.fromNumber(number), autocommit: false };
    const commit = { commitTransaction: 1, ...mark, writeConcern: MAJORITY, $db: 'admin' };
    const id = `${this.name}-${number}`;
    const transfer: Transfer = { id, from, to, amount: 1 + this.random.below(50), state: 'absent', commit };
    this.book.transfers.set(id, transfer);
    try {
      for (const [i, step] of stepsOf(transfer).entries())
        await run({ ...step, ...mark, ...(i === 0 && { startTransaction: true }) });
      if (this.random.chance(0.1)) return void (await run({ abortTransaction: 1, ...mark, $db: 'admin' }));
      transfer.state = 'unknown';
      await run(commit);
      transfer.state = 'committed';
      this.counts.transactions++;
      this.counts.acknowledged++;
    } catch (error) {
      if (!(error instanceof CommandFailed) || error.code !== WRITE_CONFLICT) throw error;
      transfer.state = 'absent';
      this.counts.conflicts++;
    }
  }

  /** Transfers only move money, so in any snapshot the sum is the same. */
  private async audit(client: WireClient): Promise<void> {
    const mark = { lsid: this.transferSession, txnNumber: Long.fromNumber(++this.lastNumber), autocommit: false };
    const accounts = await readAll(client, 'accounts', { ...mark, startTransaction: true });
    const sum = accounts.reduce((total, { balance }) => total + Number(balance), 0);
    if (sum !== ACCOUNTS * OPENING_BALANCE) this.book.fault(`a transaction saw balances that sum up to ${sum}`);
    await client.run({ abortTransaction: 1, ...mark, $db: 'admin' });
    this.counts.checks++;
  }

  private async changeIndex(run: Run): Promise<void> {
    try {
      if (this.random.chance(0.5)) await run({ dropIndexes: 'notes', index: COMING_AND_GOING.name });
      else await run({ createIndexes: 'notes', indexes: [COMING_AND_GOING], writeConcern: MAJORITY });
    } catch (error) {
      if (!(error instanceof CommandFailed) || error.code !== NOTHING_TO_DROP) throw error;
    }
  }
}

type Run = (command: Document) => Promise<Document>;

function stepsOf({ id, from, to, amount }: Transfer): Document[] {
  const sides = [from, to];
  return [
    { update: 'accounts', updates: [{ q: { _id: from }, u: { $inc: { balance: -amount } } }] },
    { insert: 'entries', documents: [{ _id: id, number: `n${id}`, from, to, amount, sides }] },
    { update: 'accounts', updates: [{ q: { _id: to }, u: { $inc: { balance: amount } } }] },
    { insert: 'receipts', documents: [{ _id: id }] },
  ];
}

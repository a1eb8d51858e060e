import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { mongo, type Model } from 'mongoose';
import { LOG_ROWS, type LogRow } from './log-row.schema.js';

/** Between the beginnings of two inserts, so that a quick database is not asked for every token. */
const gapMs = 10;
/** Inserts under way: one that gathers what all streams give, and some for those that must not wait. */
const mostUnderWay = 4;
const duplicateKey = 11_000;

/** A row that waits to be written, and whoever waits for that. */
interface WaitingRow {
  row: LogRow;
  /** @param isWritten false when another row has its place */
  settle: (isWritten: boolean) => void;
  fail: (error: unknown) => void;
}

/**
 * The log rows of all streams of this process on their way to the database: what waits when an insert has returned goes out
 * together in the next one. Acknowledged by the majority, each row by itself.
 */
@Injectable()
export class RowCommits {
  private waiting: WaitingRow[] = [];
  private underWay = 0;
  private begunAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(@InjectModel(LOG_ROWS) private readonly rows: Model<LogRow>) {}

  /**
   * @param isUrgent somebody waits to see it: it does not wait for an insert that is under way
   * @returns false when another row has its place · @throws whatever kept it from being known
   */
  insert(row: LogRow, isUrgent: boolean): Promise<boolean> {
    return new Promise((settle, fail) => {
      this.waiting.push({ row, settle, fail });
      if (isUrgent && this.underWay < mostUnderWay) void this.commit();
      else this.next();
    });
  }

  private next(): void {
    if (this.waiting.length === 0 || this.underWay > 0 || this.timer) return;
    const pause = this.begunAt + gapMs - performance.now();
    if (pause <= 0) return void this.commit();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.underWay === 0) void this.commit();
    }, pause);
  }

  private async commit(): Promise<void> {
    const rows = this.waiting;
    this.waiting = [];
    clearTimeout(this.timer);
    this.timer = undefined;
    this.begunAt = performance.now();
    this.underWay++;
    try {
      await this.rows.collection.insertMany(rows.map(({ row }) => row) as never[], { ordered: false });
      for (const { settle } of rows) settle(true);
    } catch (error) {
      settleEach(rows, error);
    } finally {
      this.underWay--;
      this.next();
    }
  }
}

/** A row that found its place taken fails alone; any other trouble leaves open what became of all of them. */
function settleEach(rows: readonly WaitingRow[], error: unknown): void {
  const refusals = error instanceof mongo.MongoBulkWriteError ? [error.writeErrors].flat() : [];
  const isKnown = refusals.length > 0 && refusals.every(({ code }) => code === duplicateKey) && !isUnsure(error);
  const taken = new Set(refusals.map(({ index }) => index));
  rows.forEach(({ settle, fail }, index) => (isKnown ? settle(!taken.has(index)) : fail(error)));
}

/** Rows that were inserted may not be with the majority. */
const isUnsure = (error: unknown): boolean =>
  error instanceof mongo.MongoBulkWriteError && error.result.getWriteConcernError() !== undefined;

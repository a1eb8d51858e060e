import { createLogger } from '@parley/platform';
import { EndingsService } from '../src/generations/endings.service.js';
import { LogWriter } from '../src/generations/log-writer.js';
import { LiveStream } from '../src/readers/live-stream.js';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { ChunkLog } from '../src/streams/chunk-log.js';
import { RowCommits } from '../src/streams/row-commits.js';
import { seqOf } from '../src/streams/row-key.js';
import type { LoggedText } from '../src/streams/stream.js';
import type { StreamRecord } from '../src/streams/stream.schema.js';
import { StoredRows } from './stored-rows.js';

const logger = createLogger('test', 'silent');
const id = 'stream-1768478400000-9b2f6c1e-4d3a-4f5b-8c7d-0e1f2a3b4c5d';
const pieces = ['one ', 'two ', 'three ', 'four '];
const takersOver = 2;

interface Process {
  isKilled: boolean;
  log: ChunkLog;
}
export type LogOf = new (...parts: ConstructorParameters<typeof ChunkLog>) => ChunkLog;

/**
 * One stream, the process that writes it, two that take it over although it may live, and a reader elsewhere: the real code of all
 * of them over a database and a network that do one step at a time.
 */
export class LogWorld {
  readonly stored = new StoredRows();
  private readonly record = { _id: id, session_id: 'ses_1', epoch: 1, state: 'streaming', last_seq: 0 } as StreamRecord;
  private readonly writing: Process;
  private readonly live: LiveStream;
  private readonly writer: LogWriter;
  private readonly elsewhere: Process;
  private readonly takers: Process[] = [];
  private given = 0;
  private hasFinished = false;
  private ends: LoggedText[] = [];
  private seen: string[] = [];

  constructor(private readonly Log: LogOf = ChunkLog) {
    this.writing = this.start();
    this.elsewhere = this.start();
    this.live = new LiveStream({ ...this.record });
    this.writer = new LogWriter(this.live, this.writing.log, logger);
  }

  /** Everything that could happen next. */
  steps(): Array<() => unknown> {
    const { stored, writing } = this;
    return [
      ...stored.sent.filter(({ refused }) => !refused).map((sent) => () => stored.do(sent)),
      ...stored.sent
        .filter(({ refused, isAnswered }) => refused && !isAnswered)
        .map((sent) => () => stored.answer(sent, false)),
      ...stored.sent.filter(({ isAnswered }) => !isAnswered).map((sent) => () => stored.answer(sent, true)),
      ...(writing.isKilled ? [] : [() => (writing.isKilled = true)]),
      ...(writing.isKilled || this.hasFinished || this.given === pieces.length
        ? []
        : [() => this.writer.add(pieces[this.given++]!)]),
      ...(writing.isKilled || this.hasFinished ? [] : [() => this.finish()]),
      ...(this.takers.length < takersOver && !this.isOver ? [() => this.takeOver()] : []),
      ...this.takers.filter(({ isKilled }) => !isKilled).map((taker) => () => (taker.isKilled = true)),
      () => this.readOn(),
    ];
  }

  get isOver(): boolean {
    return this.ends.length > 0;
  }

  takeOver(): void {
    const taker = this.start();
    this.takers.push(taker);
    const abandoned = { ...this.record };
    const store = {
      findAbandoned: () => Promise.resolve(this.isOver ? [] : [abandoned]),
      takeOver: ({ epoch }: StreamRecord) => {
        if (this.isOver || this.record.epoch !== epoch) return Promise.resolve(null);
        this.record.epoch++;
        return Promise.resolve({ ...this.record });
      },
    };
    const parts = [store, this.turnsOf(taker), taker.log, { close: () => Promise.resolve(null) }, logger];
    void new RecoveryService(...(parts as unknown as ConstructorParameters<typeof RecoveryService>)).recoverAbandoned();
  }

  async readOn(): Promise<void> {
    const chunks = await this.elsewhere.log.readOn(id, this.seen.length);
    // Only as far as nobody else has brought this reader meanwhile.
    for (const { seq, text } of chunks) if (seq === this.seen.length + 1) this.seen.push(text);
  }

  /** What is wrong now, in words. */
  wrongs(): string[] {
    const rows = this.stored.inOrder;
    const sealAt = rows.findIndex(({ sealed }) => sealed);
    const end = this.ends.at(-1);
    const texts = rows.filter(({ sealed }) => !sealed).flatMap((row) => row.texts);
    const shown = Array.from({ length: this.live.lastSeq }, (_, index) => this.live.textAt(index + 1));
    const isPart = (some: readonly string[]) => !end || end.text.startsWith(some.join(''));
    return [
      ...(rows.filter(({ sealed }) => sealed).length > 1 ? ['two seals'] : []),
      ...(sealAt >= 0 && sealAt < rows.length - 1 ? [`a row behind the seal, at ${seqOf(rows.at(-1)!._id)}`] : []),
      ...(this.ends.length > 1 ? ['ended twice'] : []),
      ...(isPart(this.seen) ? [] : ['a reader elsewhere saw what the answer does not have']),
      ...(isPart(shown) ? [] : ['a reader saw what the answer does not have']),
      ...(shown.every((text, index) => texts[index] === text) ? [] : ['something was shown that is not durable']),
      ...(!end || end.text === texts.join('') ? [] : ['the answer is not what is in the log']),
      ...(!end || end.lastSeq === texts.length ? [] : ['the answer counts other chunks than the log']),
    ];
  }

  private finish(): void {
    this.hasFinished = true;
    const store = { find: () => Promise.resolve({ ...this.record }) };
    const closings = { close: () => Promise.resolve(null) };
    const parts = [this.turnsOf(this.writing), store, closings, this.writing.log, logger];
    const endings = new EndingsService(...(parts as unknown as ConstructorParameters<typeof EndingsService>));
    void this.writer
      .flush()
      .then(() => endings.end(this.live, { state: 'completed', finishReason: 'stop' }, this.writer));
  }

  /** The end of the record, by its epoch alone. */
  private turnsOf(process: Process) {
    const end = (run: StreamRecord, _: unknown, logged: LoggedText) => {
      if (process.isKilled) return new Promise(() => undefined);
      if (this.isOver || run.epoch !== this.record.epoch) return Promise.resolve(null);
      this.ends.push(logged);
      return Promise.resolve({ ...this.record, state: 'completed', last_seq: logged.lastSeq });
    };
    return { end };
  }

  private start(): Process {
    const process = { isKilled: false } as Process;
    const rows = this.stored.seenBy(process);
    process.log = new this.Log(rows, new RowCommits(rows));
    return process;
  }
}

import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MongoError } from './errors/mongo-error.js';

/** How long a read may keep all others waiting. */
const SLICE_MS = 5;

const MARK = Object.freeze({});

/**
 * Stands between the documents of a long read where others may go first. Whoever hands documents on hands it on as well, at
 * once; only who collects the results of a command waits then.
 */
export const PAUSE = MARK as never;
export const isPause = (item: unknown): boolean => item === MARK;

/** All that comes, with the pauses handed on. */
export function* gathered<T>(items: Iterable<T>): Generator<T, T[]> {
  const all: T[] = [];
  for (const item of items) {
    if (isPause(item)) yield item;
    else all.push(item);
  }
  return all;
}

/** For those who cannot hand pauses on: the read then runs in one go. */
export function* withoutPauses<T>(items: Iterable<T>): Iterable<T> {
  for (const item of items) if (!isPause(item)) yield item;
}

/** Hands on what lies in memory, with a pause wherever one is due. */
export function* spread<T>(items: T[], pace?: Pace): Iterable<T> {
  for (const item of items) {
    yield item;
    if (pace?.isDue) yield PAUSE;
  }
}

/** When a read has to give way, and whether it may go on after that. */
export class Pace {
  private sliceEnd = 0;
  private deadline = Infinity;
  private leftMs = Infinity;
  private command: () => void = () => undefined;
  private readonly watched: (() => void)[] = [];

  constructor(private readonly now: () => number) {}

  /**
   * A command begins that works with this read, with what throws when the command has lost its reason. Without a limit of its own
   * it has what the command before it left over.
   */
  begin(check: () => void, limitMs = this.leftMs): this {
    this.command = check;
    this.deadline = this.now() + limitMs;
    this.sliceEnd = performance.now() + SLICE_MS;
    return this;
  }

  /** The read goes on under the command that this pace was made for. */
  continue(other: Pace): void {
    this.begin(other.command);
    this.check();
  }

  /** The command is over; its read may go on with the next one. */
  rest(): void {
    this.leftMs = this.deadline - this.now();
  }

  /** What throws when the read itself cannot go on, because what it reads has gone. */
  watch(check: () => void): void {
    this.watched.push(check);
  }

  check(): void {
    this.command();
    for (const check of this.watched) check();
  }

  get isDue(): boolean {
    return performance.now() >= this.sliceEnd;
  }

  /** Lets everybody else go first; throws when the read must not go on. */
  async giveWay(): Promise<void> {
    await nextTurn();
    this.check();
    if (this.now() >= this.deadline) throw new MongoError('MaxTimeMSExpired', 'operation exceeded time limit');
    this.sliceEnd = performance.now() + SLICE_MS;
  }

  /** Goes through the results of a read, waiting wherever it pauses. */
  async each<T>(items: Iterable<T>, take: (item: T) => void): Promise<void> {
    for (const item of items) {
      if (isPause(item)) await this.giveWay();
      else take(item);
    }
  }

  async all<T>(items: Iterable<T>): Promise<T[]> {
    const all: T[] = [];
    await this.each(items, (item) => all.push(item));
    return all;
  }
}

/** Small enough to be sorted within a slice. */
const RUN = 4096;

/** Sorts as `Array.sort` does, but in runs that are merged, with pauses. */
export function* sortedInRuns<T>(items: T[], compare: (a: T, b: T) => number, pace: Pace): Generator<never, T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += RUN) {
    runs.push(items.slice(at, at + RUN).sort(compare));
    if (pace.isDue) yield PAUSE;
  }
  while (runs.length > 1) {
    const next: T[][] = [];
    for (let i = 0; i < runs.length; i += 2)
      next.push(i + 1 < runs.length ? yield* merged(runs[i]!, runs[i + 1]!, compare, pace) : runs[i]!);
    runs = next;
  }
  return runs[0] ?? [];
}

function* merged<T>(a: T[], b: T[], compare: (a: T, b: T) => number, pace: Pace): Generator<never, T[]> {
  const out: T[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    out.push(compare(a[i]!, b[j]!) <= 0 ? a[i++]! : b[j++]!);
    if (out.length % RUN === 0 && pace.isDue) yield PAUSE;
  }
  for (; i < a.length; i++) out.push(a[i]!);
  for (; j < b.length; j++) out.push(b[j]!);
  return out;
}

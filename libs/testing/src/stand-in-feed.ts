import type { ServerResponse } from 'node:http';
import type { SecurityChange, SecurityEvent, SecurityEventsPage, SecurityState } from '@parley/contracts';
import type { Clock } from '@parley/platform';

/** A service that follows, and the question that it is waiting for an answer to. */
interface Follower {
  seq: number;
  askedAt: number;
  waiting?: ServerResponse;
}

const heartbeatMs = 2_000;
/** A service that has not come back for so long has been stopped. */
const goneAfterMs = 1_000;

/** Auth's side of the security feed: tests write events, and wait until every service that follows has them. */
export class StandInFeed {
  private readonly events: SecurityEvent[] = [];
  private readonly followers = new Map<string, Follower>();
  private readonly changed = new Set<() => void>();
  /** The keys that services find revoked when they start. */
  readonly revokedKids: string[] = [];
  /** While set, followers get no answer but a broken connection. */
  isCut = false;

  constructor(private readonly clock: Clock) {}

  /** @param late how far its time lies back: events may become visible in another order than that of their times */
  add(change: SecurityChange, late = 0): void {
    this.events.push({ id: `sev_${this.events.length + 1}`, at: this.clock.now() - late, ...change });
    for (const follower of this.followers.values()) this.answerWaiting(follower);
  }

  /** Settles when every service that is there has applied all events: it asks for what comes after them. */
  async delivered(): Promise<void> {
    while ([...this.followers.values()].some((follower) => this.isBehind(follower))) {
      await new Promise<void>((resolve) => {
        const heard = () => {
          clearTimeout(timer);
          this.changed.delete(heard);
          resolve();
        };
        const timer = setTimeout(heard, goneAfterMs);
        this.changed.add(heard);
      });
    }
  }

  private isBehind({ seq, waiting, askedAt }: Follower): boolean {
    const isGone = !waiting && performance.now() - askedAt > goneAfterMs;
    return !isGone && seq < this.events.length;
  }

  /** Breaks off every connection; followers come back by themselves when it is mended. */
  cut(): void {
    this.isCut = true;
    for (const { waiting } of this.followers.values()) waiting?.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  state(): SecurityState {
    const name = `f${this.followers.size + 1}`;
    this.followers.set(name, { seq: this.events.length, askedAt: performance.now() });
    const cursor = `${name}.${this.events.length}`;
    return { cursor, events: [...this.events], keep_for_ms: 1_000_000, revoked_kids: [...this.revokedKids] };
  }

  poll(cursor: string, response: ServerResponse): void {
    const [name = '', seq] = cursor.split('.');
    const follower: Follower = { seq: Number(seq), askedAt: performance.now(), waiting: response };
    this.followers.set(name, follower);
    this.tell();
    const timer = setTimeout(() => this.answer(name, follower), heartbeatMs).unref();
    response.once('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished && this.followers.get(name) === follower) this.followers.delete(name);
      this.tell();
    });
    if (follower.seq < this.events.length) this.answer(name, follower);
  }

  private answerWaiting(follower: Follower): void {
    const name = [...this.followers].find(([, each]) => each === follower)?.[0];
    if (name !== undefined && follower.waiting) this.answer(name, follower);
  }

  private answer(name: string, follower: Follower): void {
    const { waiting } = follower;
    delete follower.waiting;
    // From now on it is expected to come back, however long it had waited for this answer.
    follower.askedAt = performance.now();
    const events = this.events.slice(follower.seq);
    const page: SecurityEventsPage = { cursor: `${name}.${this.events.length}`, events };
    if (waiting?.writableEnded === false) {
      waiting.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
    }
  }

  private tell(): void {
    for (const listener of this.changed) listener();
  }
}

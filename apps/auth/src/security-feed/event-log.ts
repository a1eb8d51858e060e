import { Injectable } from '@nestjs/common';
import type { SecurityEvent, SecurityEventsPage } from '@parley/contracts';
import { newUuid } from '@parley/platform';

/** The longest that a question without an answer is held. Followers take longer silence for a broken line. */
export const heartbeatMs = 2_000;

/** Where a follower is: in the log of which process, after how many events, and how late the latest of them was. */
const cursorForm = /^([0-9a-f-]{36})\.(\d{1,15})\.(\d{1,15})$/;

/** Events in the order in which this process has seen them: nothing can appear before a place where a follower has been. */
@Injectable()
export class EventLog {
  private readonly process = newUuid();
  private readonly ids = new Set<string>();
  private events: SecurityEvent[] = [];
  /** How many events have been forgotten, so that places keep their numbers. */
  private forgotten = 0;
  private latestAt = 0;
  private readonly waiting = new Set<() => void>();
  private isEnded = false;

  add(events: readonly SecurityEvent[]): void {
    const news = events.filter(({ id }) => !this.ids.has(id));
    if (news.length === 0) return;
    for (const event of news) {
      this.ids.add(event.id);
      this.latestAt = Math.max(this.latestAt, event.at);
    }
    this.events.push(...news);
    this.wake();
  }

  /** Everything that is in force. */
  all(): SecurityEventsPage {
    return this.page(this.events);
  }

  static isCursor(text: string): boolean {
    return cursorForm.test(text);
  }

  /**
   * What came after a cursor, held back until there is something or the time is up. In another process events were seen in
   * another order, so a cursor of its log stands for a time, and what lies shortly before it comes again.
   */
  async since(cursor: string, overlapMs: number, gone: AbortSignal): Promise<SecurityEventsPage> {
    const [, process, seq, at] = cursorForm.exec(cursor)!;
    const isOurs = process === this.process && Number(seq) <= this.forgotten + this.events.length;
    const select = isOurs
      ? () => this.events.slice(Math.max(0, Number(seq) - this.forgotten))
      : () => this.events.filter((event) => event.at >= Number(at) - overlapMs);
    if (select().length === 0) await this.change(gone);
    return this.page(select(), Number(at));
  }

  /** Answers whoever is waiting, now and from now on. */
  end(): void {
    this.isEnded = true;
    this.wake();
  }

  forgetBefore(ms: number): void {
    const kept = this.events.filter(({ at }) => at >= ms);
    if (kept.length === this.events.length) return;
    // The order is not that of the times, so only a beginning can be cut off.
    const first = this.events.findIndex(({ at }) => at >= ms);
    const cut = this.events.splice(0, first < 0 ? this.events.length : first);
    for (const { id } of cut) this.ids.delete(id);
    this.forgotten += cut.length;
  }

  private page(events: SecurityEvent[], at = 0): SecurityEventsPage {
    const seq = this.forgotten + this.events.length;
    return { cursor: `${this.process}.${seq}.${Math.max(at, this.latestAt)}`, events };
  }

  private change(gone: AbortSignal): Promise<void> {
    if (this.isEnded || gone.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        gone.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, heartbeatMs);
      gone.addEventListener('abort', wake);
      this.waiting.add(wake);
    });
  }

  private wake(): void {
    for (const wake of [...this.waiting]) wake();
  }
}

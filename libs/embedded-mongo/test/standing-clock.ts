import type { Clock } from '../src/index.js';

/** A clock that stands until it is told to go on. */
export class StandingClock implements Clock {
  private time = Date.UTC(2030, 0, 1);
  private readonly alarms = new Set<{ at: number; again?: number; action: () => void }>();

  now = () => this.time;
  every = (milliseconds: number, action: () => void) => this.set(milliseconds, action, milliseconds);
  after = (milliseconds: number, action: () => void) => this.set(milliseconds, action);

  private set(milliseconds: number, action: () => void, again?: number): () => void {
    const alarm = { at: this.time + milliseconds, action, ...(again !== undefined && { again }) };
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
    for (const alarm of [...this.alarms]) {
      if (alarm.at > this.time) continue;
      if (alarm.again === undefined) this.alarms.delete(alarm);
      else alarm.at = this.time + alarm.again;
      alarm.action();
    }
  }
}

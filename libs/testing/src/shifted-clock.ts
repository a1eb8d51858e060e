import { Clock } from '@parley/platform';

/** The time of this machine, which a test moves forward: for whole systems, whose database has a clock of its own. */
export class ShiftedClock extends Clock {
  private shiftMs = 0;

  now(): number {
    return Date.now() + this.shiftMs;
  }

  advance(ms: number): void {
    this.shiftMs += ms;
  }
}

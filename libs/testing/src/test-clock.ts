import { Clock } from '@parley/platform';

/** A clock that stands still until a test moves it. */
export class TestClock extends Clock {
  constructor(private ms = Date.parse('2026-01-15T12:00:00Z')) {
    super();
  }

  now(): number {
    return this.ms;
  }

  advance(ms: number): void {
    this.ms += ms;
  }
}

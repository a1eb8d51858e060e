import { Injectable } from '@nestjs/common';

/** Where all code reads the time, so that a test can move it. */
export abstract class Clock {
  /** Milliseconds since the Unix epoch. */
  abstract now(): number;

  date(): Date {
    return new Date(this.now());
  }
}

@Injectable()
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }
}

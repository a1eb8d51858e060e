import { Injectable } from '@nestjs/common';
import { ReaderErrors } from './readers.errors.js';

/** How many streams one user may read at once in this process: tabs and devices, not a flood. */
const seatsPerUser = 40;

/** Bounds how much a single user reads at the same time. */
@Injectable()
export class ReaderSeats {
  private readonly taken = new Map<string, number>();

  /**
   * Reads with a seat taken.
   * @param isOwed the user has just paid for the stream, so there is always a seat
   * @throws DomainError `too_many_readers`
   */
  async during<Result>(userId: string, isOwed: boolean, read: () => Promise<Result>): Promise<Result> {
    const taken = this.taken.get(userId) ?? 0;
    if (taken >= seatsPerUser && !isOwed) throw ReaderErrors.tooMany();
    this.taken.set(userId, taken + 1);
    try {
      return await read();
    } finally {
      this.leave(userId);
    }
  }

  private leave(userId: string): void {
    const left = this.taken.get(userId)! - 1;
    if (left === 0) this.taken.delete(userId);
    else this.taken.set(userId, left);
  }
}

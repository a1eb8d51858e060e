import { type End, ends, type Purse, purses } from './ledger-request.js';

interface ReferenceLot {
  end: End;
  left: bigint;
}

/** What is left of the credits with an end, of each account in the order in which they were given. */
export class ReferenceLots {
  private readonly lots = Object.fromEntries(purses.map((purse) => [purse, []])) as unknown as Record<
    Purse,
    ReferenceLot[]
  >;

  give(purse: Purse, end: End, amount: bigint): void {
    this.lots[purse].push({ end, left: amount });
  }

  /** What ends first goes first. */
  spend(purse: Purse, amount: bigint): void {
    for (let left = amount; left > 0n; left -= 1n) {
      const lot = this.next(purse);
      if (!lot) return;
      lot.left -= 1n;
    }
  }

  isDue(purse: Purse, end: End): boolean {
    return this.lots[purse].some((lot) => lot.left > 0n && ends.indexOf(lot.end) <= ends.indexOf(end));
  }

  /** @returns what is taken of each lot: as if all that is held had been spent before */
  lapse(purse: Purse, end: End, held: bigint): bigint[] {
    const before = this.lots[purse].map(({ left }) => left);
    this.spend(purse, held);
    const parts = this.lots[purse].map((lot) => (ends.indexOf(lot.end) <= ends.indexOf(end) ? lot.left : 0n));
    this.lots[purse].forEach((lot, index) => (lot.left = before[index]! - parts[index]!));
    return parts.filter((part) => part > 0n);
  }

  private next(purse: Purse): ReferenceLot | undefined {
    for (const end of ends) {
      const lot = this.lots[purse].find((each) => each.end === end && each.left > 0n);
      if (lot) return lot;
    }
    return undefined;
  }
}

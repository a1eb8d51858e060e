import type { Member, Period } from './ledger-request.js';
import { type ReferenceHold, reserved } from './reference-hold.js';

/** What one member may use of the pool in one period. */
interface ReferenceCap {
  member: Member;
  period: Period;
  most: bigint;
  spent: bigint;
}

export type CapName = `${Member} ${Period}`;

/** The caps of the members. What is held under one is not counted but read off the open holds. */
export class ReferenceCaps {
  private readonly caps = new Map<CapName, ReferenceCap>();

  constructor(private readonly open: () => ReferenceHold[]) {}

  set(member: Member, period: Period, most: bigint): void {
    const name: CapName = `${member} ${period}`;
    this.caps.set(name, { spent: 0n, ...this.caps.get(name), member, period, most });
  }

  of(member: Member): CapName[] {
    return [...this.caps.keys()].filter((name) => this.caps.get(name)?.member === member);
  }

  held(name: CapName): bigint {
    return this.open().reduce((sum, { caps, amount }) => (caps.includes(name) ? sum + amount : sum), 0n);
  }

  charge(names: readonly CapName[], charged: bigint): void {
    for (const name of names) this.caps.get(name)!.spent += charged;
  }

  /** How much the tightest of these caps leaves; undefined without any. */
  left = (names: readonly CapName[]): bigint | undefined => this.tightest(names, () => 0n);

  /** How much of that nobody was promised. */
  free(names: readonly CapName[]): bigint | undefined {
    return this.tightest(names, (name) =>
      this.open().reduce((sum, hold) => (hold.caps.includes(name) ? sum + reserved(hold) : sum), 0n),
    );
  }

  private tightest(names: readonly CapName[], less: (name: CapName) => bigint): bigint | undefined {
    const left = names.map((name) => this.leftUnder(name, less(name)));
    return left.length === 0 ? undefined : left.reduce((least, each) => (each < least ? each : least));
  }

  /** Another day or another month: what is spent counts no longer, and what is held still does. */
  renew(period: Period): void {
    for (const cap of this.caps.values()) if (cap.period === period) cap.spent = 0n;
  }

  /** All caps as they stand, in the order of their names. */
  standing() {
    return [...this.caps]
      .map(([name, { most, spent }]) => ({ name, most, spent, held: this.held(name) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private leftUnder(name: CapName, less: bigint): bigint {
    const { most, spent } = this.caps.get(name)!;
    const left = most - spent - this.held(name) - less;
    return left > 0n ? left : 0n;
  }
}

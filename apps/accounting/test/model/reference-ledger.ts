import type { LedgerRequest } from './ledger-request.js';

/** A hold as the reference sees it; everything that it has no opinion about is left out. */
export interface ReferenceHold {
  state: 'held' | 'denied' | 'settled' | 'released' | 'expired' | 'late';
  asked: number;
  amount: bigint;
  used: bigint;
  charged: bigint;
  released: bigint;
  uncollected: bigint;
  refunded: bigint;
  seq: number;
  isOverdue: boolean;
  settledWith?: string;
  /** What was available when it was denied, or the balance that its end left. */
  remembered: bigint;
}

/** The answer that a request must get: its status, the code of a refusal, and the amounts. */
export type ExpectedAnswer = { status: number } & Record<string, unknown>;

/** Five for the call, a half for each of the ten tokens that go in, one and a half for each that comes out, rounded up once. */
export const referenceRates = { input_ucr_per_mtok: 500_000, output_ucr_per_mtok: 1_500_000, per_call_ucr: 5 };
export const inputTokens = 10;
const costOf = (output: number): bigint => 5n + (BigInt(inputTokens) + 3n * BigInt(output) + 1n) / 2n;

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const refused = (status: number, code: string, facts: Record<string, unknown> = {}): ExpectedAnswer => ({
  status,
  code,
  ...facts,
});

/** What the ledger of one account must do, in the plainest arithmetic and one request after the other. */
export class ReferenceLedger {
  balance = 0n;
  entries = 0;
  readonly holds = new Map<number, ReferenceHold>();
  private readonly booked = new Map<string, { request: string; answer: ExpectedAnswer }>();

  get held(): bigint {
    return this.open().reduce((sum, { amount }) => sum + amount, 0n);
  }

  get available(): bigint {
    return this.balance - this.held;
  }

  open(): ReferenceHold[] {
    return [...this.holds.values()].filter(({ state }) => state === 'held');
  }

  answer(request: LedgerRequest): ExpectedAnswer {
    switch (request.kind) {
      case 'allocate':
        return this.book(request, () => this.move(request.amount));
      case 'adjust':
        return this.book(request, () => this.adjust(request.delta));
      case 'refund':
        return this.refund(request);
      case 'hold':
        return this.hold(request.hold, request.output);
      case 'progress':
        return this.onHold(request.hold, (hold) => this.progress(hold, request));
      case 'settle':
        return this.onHold(request.hold, (hold) => this.settle(hold, request));
      case 'release':
        return this.onHold(request.hold, (hold) => this.release(hold));
    }
  }

  /** Time passes a hold by. */
  abandon(id: number): void {
    const hold = this.holds.get(id);
    if (hold?.state === 'held') hold.isOverdue = true;
  }

  /** @returns how many holds ended */
  sweep(): number {
    const overdue = this.open().filter(({ isOverdue }) => isOverdue);
    for (const hold of overdue) this.close(hold, 'expired', hold.used, 0n);
    return overdue.length;
  }

  /** A key books one request; a refusal books nothing, so the key stays free. */
  private book(request: LedgerRequest & { key: number }, decide: () => ExpectedAnswer): ExpectedAnswer {
    const key = `${request.kind} ${request.key}`;
    const earlier = this.booked.get(key);
    if (earlier) return earlier.request === same(request) ? earlier.answer : refused(409, 'idempotency_mismatch');
    const answer = decide();
    if (answer.status === 201) this.booked.set(key, { request: same(request), answer });
    return answer;
  }

  private move(delta: bigint): ExpectedAnswer {
    this.balance += delta;
    this.entries += 1;
    return { status: 201, balance_ucr: Number(this.balance), held_ucr: Number(this.held) };
  }

  private adjust(delta: bigint): ExpectedAnswer {
    if (this.entries === 0) return refused(404, 'account_not_found');
    return this.available + delta < 0n ? refused(422, 'would_break_holds') : this.move(delta);
  }

  private refund(request: LedgerRequest & { kind: 'refund' }): ExpectedAnswer {
    const hold = this.holds.get(request.hold);
    if (!hold || hold.state === 'denied') return refused(404, 'entry_not_found');
    return this.book(request, () => {
      const left = hold.charged - hold.refunded;
      const wanted = request.amount ?? left;
      if (wanted > left || wanted === 0n)
        return refused(422, 'refund_exceeds_charge', { refundable_ucr: Number(left) });
      hold.refunded += wanted;
      return this.move(wanted);
    });
  }

  private hold(id: number, output: number): ExpectedAnswer {
    const [amount, known] = [costOf(output), this.holds.get(id)];
    if (known && known.asked !== output) return refused(409, 'idempotency_mismatch');
    if (known)
      return known.state === 'denied' ? denied(known) : { status: 200, state: 'held', amount_ucr: Number(amount) };
    const zero = { used: 0n, charged: 0n, released: 0n, uncollected: 0n, refunded: 0n, seq: 0, isOverdue: false };
    const placed = { ...zero, state: 'held' as const, asked: output, amount, remembered: this.available };
    if (this.available < amount) {
      this.holds.set(id, { ...placed, state: 'denied' });
      return denied(placed);
    }
    this.entries += 1;
    this.holds.set(id, placed);
    return { status: 201, state: 'held', amount_ucr: Number(amount) };
  }

  private onHold(id: number, work: (hold: ReferenceHold) => ExpectedAnswer): ExpectedAnswer {
    const hold = this.holds.get(id);
    if (!hold) return refused(404, 'hold_not_found');
    return hold.state === 'denied' ? refused(409, 'hold_denied') : work(hold);
  }

  private progress(hold: ReferenceHold, request: LedgerRequest & { kind: 'progress' }): ExpectedAnswer {
    const { seq, output, more } = request;
    if (hold.state === 'expired') return refused(410, 'hold_expired');
    if (hold.state !== 'held') return refused(409, 'hold_closed');
    if (hold.seq >= seq) return { status: 200, amount_ucr: Number(hold.amount), used_ucr: Number(hold.used) };
    if (hold.isOverdue) return refused(410, 'hold_expired');
    const missing = max(costOf(output + more) - hold.amount, 0n);
    const isDenied = missing > this.available;
    const facts = { required_ucr: Number(missing), available_ucr: Number(this.available) };
    if (!isDenied) {
      hold.amount += missing;
      hold.seq = seq;
      if (missing > 0n) this.entries += 1;
    }
    hold.used = max(hold.used, min(costOf(output), hold.amount));
    if (isDenied) return refused(402, 'top_up_denied', facts);
    return { status: 200, amount_ucr: Number(hold.amount), used_ucr: Number(hold.used) };
  }

  private settle(hold: ReferenceHold, request: LedgerRequest & { kind: 'settle' }): ExpectedAnswer {
    const actual = request.outcome === 'failed' ? 0n : costOf(request.output);
    if (hold.state === 'released') return refused(409, 'hold_released');
    if (hold.state === 'held') {
      const charge = min(actual, hold.amount + this.available);
      this.close(hold, 'settled', charge, actual - charge);
    } else if (hold.state === 'expired') {
      const rest = max(actual - hold.charged, 0n);
      const charge = min(rest, this.available);
      Object.assign(hold, { state: 'late', charged: hold.charged + charge, uncollected: rest - charge });
      this.move(-charge);
      hold.remembered = this.balance;
    } else if (hold.settledWith !== same(request)) return refused(409, 'settle_mismatch');
    hold.settledWith = same(request);
    return closed(hold);
  }

  private release(hold: ReferenceHold): ExpectedAnswer {
    if (hold.state === 'held') this.close(hold, 'released', 0n, 0n);
    return hold.state === 'released' ? closed(hold) : refused(409, 'hold_settled');
  }

  private close(hold: ReferenceHold, state: ReferenceHold['state'], charged: bigint, uncollected: bigint): void {
    Object.assign(hold, { state, charged, uncollected, released: max(hold.amount - charged, 0n) });
    this.move(-charged);
    hold.remembered = this.balance;
  }
}

const denied = ({ amount, remembered }: ReferenceHold): ExpectedAnswer =>
  refused(402, 'insufficient_credits', { required_ucr: Number(amount), available_ucr: Number(remembered) });

const closed = (hold: ReferenceHold): ExpectedAnswer => ({
  status: 200,
  state: hold.state,
  late: hold.state === 'late',
  charged_ucr: Number(hold.charged),
  released_ucr: Number(hold.released),
  uncollected_ucr: Number(hold.uncollected),
  balance_ucr: Number(hold.remembered),
});

const same = (request: LedgerRequest): string =>
  JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

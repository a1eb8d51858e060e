import { type End, type LedgerRequest, type Period, type Purse, purseOf, purses } from './ledger-request.js';
import { ReferenceCaps } from './reference-caps.js';
import { ReferenceLots } from './reference-lots.js';
import {
  alive,
  closed,
  type ExpectedAnswer,
  opened,
  type ReferenceHold,
  refused,
  reserved,
  short,
} from './reference-hold.js';

type Request<Kind extends LedgerRequest['kind']> = LedgerRequest & { kind: Kind };

/** One account: what it owns, and how often it has moved. */
interface ReferenceAccount {
  balance: bigint;
  entries: number;
  isFrozen: boolean;
}

/** Five for the call, a half for each of the ten tokens that go in, one and a half for each that comes out, rounded up once. */
export const referenceRates = { input_ucr_per_mtok: 500_000, output_ucr_per_mtok: 1_500_000, per_call_ucr: 5 };
export const inputTokens = 10;
const costOf = (output: number): bigint => 5n + (BigInt(inputTokens) + 3n * BigInt(output) + 1n) / 2n;

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** What the ledger must do, in the plainest arithmetic and one request after the other. */
export class ReferenceLedger {
  readonly accounts: Record<Purse, ReferenceAccount> = {
    own: { balance: 0n, entries: 0, isFrozen: false },
    pool: { balance: 0n, entries: 0, isFrozen: false },
  };
  readonly holds = new Map<number, ReferenceHold>();
  readonly caps = new ReferenceCaps(() => this.open());
  readonly lots = new ReferenceLots();
  private readonly booked = new Map<string, { request: string; answer: ExpectedAnswer }>();

  held(purse: Purse): bigint {
    const own = this.open().filter(({ payer }) => purseOf(payer) === purse);
    return own.reduce((sum, { amount }) => sum + amount, 0n);
  }

  available(purse: Purse): bigint {
    return this.accounts[purse].balance - this.held(purse);
  }

  /** What is available and nobody was promised. */
  free(purse: Purse): bigint {
    const own = this.open().filter(({ payer }) => purseOf(payer) === purse);
    return own.reduce((left, hold) => left - reserved(hold), this.available(purse));
  }

  open(): ReferenceHold[] {
    return [...this.holds.values()].filter(({ state }) => state === 'held');
  }

  answer(request: LedgerRequest): ExpectedAnswer {
    switch (request.kind) {
      case 'allocate':
        return this.book(request, () => this.allocate(request));
      case 'adjust':
        return this.book(request, () => this.adjust(request));
      case 'refund':
        return this.refund(request);
      case 'cap':
        return this.cap(request);
      case 'hold':
        return this.hold(request);
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

  renew(period: Period): void {
    this.caps.renew(period);
  }

  /** @returns what was taken back of both accounts */
  lapse(end: End): bigint {
    return purses.reduce((sum, purse) => {
      if (this.accounts[purse].isFrozen) return sum;
      const parts = this.lots.lapse(purse, end, this.held(purse));
      for (const part of parts) this.enter(purse, -part);
      return parts.reduce((total, part) => total + part, sum);
    }, 0n);
  }

  /** A key books one request; a refusal books nothing, so the key stays free. */
  private book(request: Request<'allocate' | 'adjust' | 'refund'>, decide: () => ExpectedAnswer): ExpectedAnswer {
    const key = `${request.kind} ${request.key}`;
    const earlier = this.booked.get(key);
    if (earlier) return earlier.request === same(request) ? earlier.answer : refused(409, 'idempotency_mismatch');
    const answer = decide();
    if (answer.status === 201) this.booked.set(key, { request: same(request), answer });
    return answer;
  }

  /** What a frozen account still takes are the ends of its holds. */
  private give(purse: Purse, delta: bigint): ExpectedAnswer {
    return this.accounts[purse].isFrozen ? refused(423, 'account_frozen') : this.move(purse, delta);
  }

  private move(purse: Purse, delta: bigint): ExpectedAnswer {
    this.enter(purse, delta);
    if (delta < 0n) this.lots.spend(purse, -delta);
    const account = this.accounts[purse];
    return { status: 201, balance_ucr: Number(account.balance), held_ucr: Number(this.held(purse)) };
  }

  private enter(purse: Purse, delta: bigint): void {
    this.accounts[purse].balance += delta;
    this.accounts[purse].entries += 1;
  }

  private allocate({ purse, amount, isOpening, end }: Request<'allocate'>): ExpectedAnswer {
    const { entries, isFrozen } = this.accounts[purse];
    if (isOpening && entries > 0 && !isFrozen) return refused(422, 'account_already_used');
    const answer = this.give(purse, amount);
    if (answer.status === 201 && end !== undefined) this.lots.give(purse, end, amount);
    return answer;
  }

  private adjust({ purse, delta }: Request<'adjust'>): ExpectedAnswer {
    const { entries, isFrozen } = this.accounts[purse];
    if (entries === 0) return refused(404, 'account_not_found');
    if (!isFrozen && this.available(purse) + delta < 0n) return refused(422, 'would_break_holds');
    return this.give(purse, delta);
  }

  private refund(request: Request<'refund'>): ExpectedAnswer {
    return this.book(request, () => {
      const hold = this.holds.get(request.hold);
      if (!hold) return refused(404, 'entry_not_found');
      const left = hold.charged - hold.refunded;
      const wanted = request.amount ?? left;
      if (wanted > left || wanted === 0n)
        return refused(422, 'refund_exceeds_charge', { refundable_ucr: Number(left) });
      const answer = this.give(purseOf(hold.payer), wanted);
      if (answer.status === 201) hold.refunded += wanted;
      return answer;
    });
  }

  private cap({ member, period, most }: Request<'cap'>): ExpectedAnswer {
    this.caps.set(member, period, most);
    const held = this.caps.held(`${member} ${period}`);
    return { status: 200, cap_ucr: Number(most), held_ucr: Number(held) };
  }

  private hold(request: Request<'hold'>): ExpectedAnswer {
    const { hold: id, payer, output } = request;
    const [amount, known] = [costOf(output), this.holds.get(id)];
    if (known) return known.asked === same(request) ? opened(200, known) : refused(409, 'idempotency_mismatch');
    const account = this.accounts[purseOf(payer)];
    if (account.isFrozen) return refused(423, 'account_frozen');
    const caps = payer === 'own' ? [] : this.caps.of(payer);
    const [available, underCap] = [this.available(purseOf(payer)), this.caps.left(caps) ?? amount];
    const zero = { used: 0n, charged: 0n, released: 0n, uncollected: 0n, refunded: 0n, seq: 0, isOverdue: false };
    const placed = { ...zero, state: 'held' as const, payer, caps, asked: same(request), amount, remembered: 0n };
    if (available < amount) return short('insufficient_credits', amount, available);
    if (underCap < amount) return short('member_cap_reached', amount, underCap);
    const free = { account: this.free(purseOf(payer)), cap: this.caps.free(caps) };
    if (request.wanted !== undefined && free.account <= 0n) return short('insufficient_credits', amount, 0n);
    if (request.wanted !== undefined && free.cap === 0n) return short('member_cap_reached', amount, 0n);
    const opening = { ...placed, ...promise(request, min(free.account, free.cap ?? free.account)), first: amount };
    account.entries += 1;
    this.holds.set(id, opening);
    return opened(201, opening);
  }

  private onHold(id: number, work: (hold: ReferenceHold) => ExpectedAnswer): ExpectedAnswer {
    const hold = this.holds.get(id);
    return hold ? work(hold) : refused(404, 'hold_not_found');
  }

  private progress(hold: ReferenceHold, { seq, output, more }: Request<'progress'>): ExpectedAnswer {
    if (hold.state === 'expired') return refused(410, 'hold_expired');
    if (hold.state !== 'held') return refused(409, 'hold_closed');
    if (hold.seq >= seq) return alive(hold);
    if (hold.isOverdue) return refused(410, 'hold_expired');
    const missing = max(costOf(output + more) - hold.amount, 0n);
    const refusal = missing > 0n ? this.topUpRefusal(hold, missing) : undefined;
    if (!refusal) {
      hold.amount += missing;
      hold.seq = seq;
      if (missing > 0n) this.accounts[purseOf(hold.payer)].entries += 1;
    }
    // Before the model has answered nothing is used.
    if (output > 0) hold.used = max(hold.used, min(costOf(output), hold.amount));
    return refusal ?? alive(hold);
  }

  private topUpRefusal({ payer, caps }: ReferenceHold, missing: bigint): ExpectedAnswer | undefined {
    const [available, underCap] = [this.available(purseOf(payer)), this.caps.left(caps) ?? missing];
    if (underCap < missing) return short('member_cap_reached', missing, underCap);
    if (this.accounts[purseOf(payer)].isFrozen) return refused(423, 'account_frozen');
    return available < missing ? short('top_up_denied', missing, available) : undefined;
  }

  private settle(hold: ReferenceHold, request: Request<'settle'>): ExpectedAnswer {
    const actual = request.outcome === 'failed' ? 0n : costOf(request.output);
    const available = this.available(purseOf(hold.payer));
    if (hold.state === 'released') return refused(409, 'hold_released');
    if (hold.state === 'held') {
      const charge = min(actual, hold.amount + available);
      this.close(hold, 'settled', charge, actual - charge);
    } else if (hold.state === 'expired') {
      const rest = max(actual - hold.charged, 0n);
      const charge = min(rest, available);
      Object.assign(hold, { state: 'late', charged: hold.charged + charge, uncollected: rest - charge });
      this.charge(hold, charge);
    } else if (hold.settledWith !== same(request)) return refused(409, 'settle_mismatch');
    hold.settledWith = same(request);
    return closed(hold);
  }

  private release(hold: ReferenceHold): ExpectedAnswer {
    if (hold.state === 'held') this.close(hold, 'released', 0n, 0n);
    const isReturned = hold.state === 'released' || (hold.state === 'expired' && hold.charged === 0n);
    return isReturned ? closed(hold) : refused(409, 'hold_settled');
  }

  private close(hold: ReferenceHold, state: ReferenceHold['state'], charged: bigint, uncollected: bigint): void {
    Object.assign(hold, { state, charged, uncollected, released: max(hold.amount - charged, 0n) });
    this.charge(hold, charged);
  }

  private charge(hold: ReferenceHold, charged: bigint): void {
    this.move(purseOf(hold.payer), -charged);
    this.caps.charge(hold.caps, charged);
    hold.remembered = this.accounts[purseOf(hold.payer)].balance;
  }
}

/** As much as is wanted and free, and in any case what the hold is for. */
function promise({ output, wanted = output }: Request<'hold'>, free: bigint) {
  let affordable = output;
  while (costOf(affordable + 1) <= free) affordable += 1;
  return { affordable, promised: costOf(Math.max(output, Math.min(wanted, affordable))) };
}

const same = (request: LedgerRequest): string =>
  JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

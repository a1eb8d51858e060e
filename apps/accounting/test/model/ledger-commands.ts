import { expect } from '@jest/globals';
import fc from 'fast-check';
import { ask, compare, type LedgerCommand, Step } from './ledger-step.js';
import {
  type End,
  ends,
  holdIds,
  type LedgerRequest,
  ledgerRequests,
  type Period,
  periods,
  type Purse,
  purses,
} from './ledger-request.js';
import type { RealLedger } from './real-ledger.js';
import type { ReferenceHold } from './reference-hold.js';
import type { ReferenceLedger } from './reference-ledger.js';
import { Repeat, RepeatAtOnce } from './repetitions.js';

class Ask extends Step {
  constructor(
    private readonly request: LedgerRequest,
    private readonly isBlind: boolean,
  ) {
    super(fc.stringify(request));
    this.check = (reference) => isBlind || !('hold' in request) || holdsFor(request, reference).length > 0;
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    const request = this.isBlind ? this.request : aimed(this.request, reference);
    this.name = fc.stringify(request);
    real.sent.push({ request, answer: await ask(reference, real, request) });
  }
}

/** Most requests are about a hold that they fit; the few blind ones find nothing, or what others have put there. */
function aimed(request: LedgerRequest, reference: ReferenceLedger): LedgerRequest {
  if (!('hold' in request)) return request;
  const fitting = holdsFor(request, reference);
  return { ...request, hold: fitting[request.hold % fitting.length]! };
}

function holdsFor({ kind, hold: pick }: LedgerRequest & { hold: number }, { holds }: ReferenceLedger): number[] {
  const those = (fit: (hold: ReferenceHold) => boolean) => [...holds.keys()].filter((id) => fit(holds.get(id)!));
  if (kind === 'hold') return Array.from({ length: holdIds }, (_, id) => id).filter((id) => !holds.has(id));
  if (kind === 'refund') return those(({ charged }) => charged > 0n);
  const expired = kind === 'settle' && pick % 2 === 0 ? those(({ state }) => state === 'expired') : [];
  return expired.length > 0 ? expired : those(({ state }) => state === 'held');
}

/** A hold's time runs out by the database's clock; nobody has noticed yet. */
class Abandon extends Step {
  constructor(private readonly pick: number) {
    super(`abandon(${pick})`);
    this.check = (reference) => reference.open().length > 0;
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    const open = [...reference.holds.keys()].filter((id) => reference.holds.get(id)!.state === 'held');
    const id = open[this.pick % open.length]!;
    this.name = `abandon(${id})`;
    reference.abandon(id);
    await real.abandon(id);
    await compare(reference, real);
  }
}

/** The job that ends abandoned holds. */
class Sweep extends Step {
  constructor() {
    super('sweep');
    this.check = (reference) => reference.open().some(({ isOverdue }) => isOverdue);
  }

  run = sweep;
}

/** The application's own clock runs ahead, which must change nothing about money. */
class Tick extends Step {
  constructor(private readonly seconds: number) {
    super(`tick(${seconds} s)`);
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    real.accounting.clock.advance(this.seconds * 1_000);
    await sweep(reference, real);
  }
}

async function sweep(reference: ReferenceLedger, real: RealLedger): Promise<void> {
  expect(await real.accounting.sweep()).toBe(reference.sweep());
  await compare(reference, real);
}

/** The day or the month of the caps is over. */
class Renew extends Step {
  constructor(private readonly period: Period) {
    super(`renew(${period})`);
    this.check = ({ caps }) => caps.standing().some(({ name, spent }) => name.endsWith(period) && spent > 0n);
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    reference.renew(this.period);
    await real.renew(this.period);
    real.reach(`${this.period} is over`);
    await compare(reference, real);
  }
}

/** The time of some credits has come: what is neither spent nor held of them is taken back. */
class Lapse extends Step {
  constructor(private readonly end: End) {
    super(`lapse(${end})`);
    this.check = (reference) => purses.some((purse) => reference.lots.isDue(purse, end));
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    const taken = reference.lapse(this.end);
    await real.lapse(this.end);
    real.reach(taken > 0n ? 'credits expired' : 'nothing of what expired was free');
    await compare(reference, real);
  }
}

/** What was written is sealed; from here on no entry can change unseen. */
class Seal extends Step {
  constructor() {
    super('seal');
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    await real.seal();
    await compare(reference, real);
  }
}

/** Somebody takes an account out of use, or brings it back. */
class Freeze extends Step {
  constructor(
    private readonly purse: Purse,
    private readonly isFrozen: boolean,
  ) {
    super(`${isFrozen ? 'freeze' : 'thaw'}(${purse})`);
    this.check = ({ accounts }) => accounts[purse].entries > 0 && accounts[purse].isFrozen !== isFrozen;
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    reference.accounts[this.purse].isFrozen = this.isFrozen;
    await real.mark(this.purse, this.isFrozen ? 'frozen' : 'active');
    await compare(reference, real);
  }
}

/** What both accounts are given before the first command: often nothing, at times less than one call costs. */
export const endowments = fc.record({ own: endowment(), pool: endowment() });

function endowment(): fc.Arbitrary<bigint> {
  return fc.oneof(
    { arbitrary: fc.constant(0n), weight: 1 },
    { arbitrary: fc.bigInt(1n, 12n), weight: 1 },
    { arbitrary: fc.bigInt(40n, 400n), weight: 4 },
    { arbitrary: fc.bigInt(400n, 3_000n), weight: 6 },
  );
}

export async function endow(given: Record<Purse, bigint>, reference: ReferenceLedger, real: RealLedger): Promise<void> {
  for (const purse of purses) {
    const amount = given[purse];
    if (amount > 0n)
      await ask(reference, real, { kind: 'allocate', purse, key: firstKey[purse], amount, isOpening: true });
  }
}
/** Keys that no command uses. */
const firstKey = { own: 100, pool: 101 };

const isBlind = fc.nat(14).map((chance) => chance === 0);
const asked = (request: fc.Arbitrary<LedgerRequest>) =>
  fc.tuple(request, isBlind).map(([chosen, blind]) => new Ask(chosen, blind));
const { allocate, adjust, refund, cap, hold, progress, settle, release } = ledgerRequests;
const aPurse = fc.constantFrom(...purses);
const aHold = fc.nat(holdIds - 1);

/** What a hold goes through comes more often than the rest, and a frozen account is soon brought back. */
export const ledgerCommands: fc.Arbitrary<LedgerCommand>[] = [
  ...[allocate, adjust, refund, refund, cap, release, settle, settle, settle].map(asked),
  ...[hold, hold, hold, hold, progress, progress, progress, progress].map(asked),
  fc.nat(40).map((pick) => new Repeat(pick)),
  fc.constant(new RepeatAtOnce()),
  ...[aHold, aHold].map((id) => id.map((chosen) => new Abandon(chosen))),
  fc.constant(new Sweep()),
  fc.constant(new Seal()),
  fc.constantFrom(...ends).map((end) => new Lapse(end)),
  fc.integer({ min: 1, max: 120 }).map((seconds) => new Tick(seconds)),
  fc.constantFrom(...periods).map((period) => new Renew(period)),
  fc.tuple(aPurse, fc.nat(3)).map(([purse, chance]) => new Freeze(purse, chance === 0)),
];

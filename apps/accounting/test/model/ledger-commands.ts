import { expect } from '@jest/globals';
import fc from 'fast-check';
import { findFaults } from '../sound-books.js';
import { holdIds, type LedgerRequest, ledgerRequests } from './ledger-request.js';
import type { RealLedger } from './real-ledger.js';
import type { ReferenceHold, ReferenceLedger } from './reference-ledger.js';

type LedgerCommand = fc.AsyncCommand<ReferenceLedger, RealLedger>;

/** After every command the books are sound and say what the reference says, to the last micro-credit. */
async function compare(reference: ReferenceLedger, real: RealLedger): Promise<void> {
  expect(await real.standing()).toEqual({
    balance: reference.balance,
    held: reference.held,
    entries: reference.entries,
    holds: Array.from({ length: holdIds }, (_, id) => toStanding(reference.holds.get(id))),
  });
  expect(await findFaults(real.accounting.db)).toEqual([]);
}

const toStanding = (hold: ReferenceHold | undefined) => {
  if (!hold) return undefined;
  const { state, amount, used, charged, released, uncollected, seq } = hold;
  return { state, amount, used, charged, released, uncollected, seq };
};

async function ask(reference: ReferenceLedger, real: RealLedger, request: LedgerRequest) {
  const expected = reference.answer(request);
  const answer = await real.send(request);
  expect({ ...answer.body, status: answer.status }).toMatchObject(expected);
  await compare(reference, real);
  return answer;
}

/** Written out in full in a counterexample, so that it can be read without running it. */
abstract class Step implements LedgerCommand {
  constructor(private readonly name: string) {}
  check: (reference: ReferenceLedger) => boolean = () => true;
  toString = () => this.name;
  abstract run(reference: ReferenceLedger, real: RealLedger): Promise<void>;
}

class Ask extends Step {
  constructor(
    private readonly request: LedgerRequest,
    isBlind: boolean,
  ) {
    super(fc.stringify(request));
    if (!isBlind) this.check = (reference) => hasPoint(reference, request);
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    real.sent.push({ request: this.request, answer: await ask(reference, real, this.request) });
  }
}

/** Most requests are about what is there; the few blind ones find nothing, or what somebody else has put there. */
function hasPoint({ holds }: ReferenceLedger, request: LedgerRequest): boolean {
  if (request.kind === 'allocate' || request.kind === 'adjust') return true;
  const hold = holds.get(request.hold);
  if (request.kind === 'hold') return !hold;
  return request.kind === 'refund' ? (hold?.charged ?? 0n) > 0n : hold !== undefined && hold.state !== 'denied';
}

/** Any earlier request arrives once more: what was done is answered as it was then, and nothing moves. */
class Repeat extends Step {
  constructor(private readonly pick: number) {
    super(`repeat(${pick})`);
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    const earlier = real.sent.at(this.pick % Math.max(real.sent.length, 1));
    if (!earlier) return;
    const before = await real.standing();
    const again = await ask(reference, real, earlier.request);
    // A progress is answered with the hold as it is now; what was refused for a reason of that moment may succeed today.
    if (earlier.answer.status >= 300 || earlier.request.kind === 'progress') return;
    expect(again.body).toEqual(earlier.answer.body);
    expect(await real.standing()).toEqual(before);
  }
}

/** A hold's time runs out by the database's clock; nobody has noticed yet. */
class Abandon extends Step {
  constructor(private readonly hold: number) {
    super(`abandon(${hold})`);
    this.check = ({ holds }) => holds.get(hold)?.state === 'held';
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    reference.abandon(this.hold);
    await real.abandon(this.hold);
    await compare(reference, real);
  }
}

class Sweep extends Step {
  constructor() {
    super('sweep');
    this.check = (reference) => reference.open().some(({ isOverdue }) => isOverdue);
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    expect(await real.accounting.sweep()).toBe(reference.sweep());
    await compare(reference, real);
  }
}

/** The application's own clock runs ahead, which must change nothing about money. */
class Tick extends Step {
  constructor(private readonly seconds: number) {
    super(`tick(${seconds} s)`);
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    real.accounting.clock.advance(this.seconds * 1_000);
    expect(await real.accounting.sweep()).toBe(reference.sweep());
    await compare(reference, real);
  }
}

const isBlind = fc.nat(15).map((chance) => chance === 0);
const asked = (request: fc.Arbitrary<LedgerRequest>) =>
  fc.tuple(request, isBlind).map(([chosen, blind]) => new Ask(chosen, blind));
const { allocate, adjust, refund, hold, progress, settle, release } = ledgerRequests;

/** What a hold goes through comes more often than the rest. */
export const ledgerCommands: fc.Arbitrary<LedgerCommand>[] = [
  ...[allocate, allocate, adjust, refund, release, settle, settle, hold, hold, progress, progress, progress].map(asked),
  fc.nat(40).map((pick) => new Repeat(pick)),
  fc.nat(holdIds - 1).map((id) => new Abandon(id)),
  fc.nat(holdIds - 1).map((id) => new Abandon(id)),
  fc.constant(new Sweep()),
  fc.integer({ min: 1, max: 120 }).map((seconds) => new Tick(seconds)),
];

import { expect } from '@jest/globals';
import type { HttpAnswer } from '@parley/testing';
import type fc from 'fast-check';
import { faultsIn } from '../sound-books.js';
import { holdIds, type LedgerRequest, type Purse } from './ledger-request.js';
import type { RealLedger } from './real-ledger.js';
import type { ReferenceHold } from './reference-hold.js';
import type { ReferenceLedger } from './reference-ledger.js';

export type LedgerCommand = fc.AsyncCommand<ReferenceLedger, RealLedger>;

/** Written out in full in a counterexample, so that it can be read without running it. */
export abstract class Step implements LedgerCommand {
  constructor(protected name: string) {}
  check: (reference: ReferenceLedger) => boolean = () => true;
  toString = () => this.name;
  abstract run(reference: ReferenceLedger, real: RealLedger): Promise<void>;
}

/** The service and the reference get the same request and must give the same answer. */
export async function ask(reference: ReferenceLedger, real: RealLedger, request: LedgerRequest): Promise<HttpAnswer> {
  const expected = reference.answer(request);
  const answer = await real.send(request);
  expect({ ...answer.body, status: answer.status }).toMatchObject(expected);
  real.reach([request.kind, answer.status, answer.body.code ?? answer.body.state ?? 'done'].join(' '));
  await compare(reference, real);
  return answer;
}

/** After every command the books are sound and say what the reference says, to the last micro-credit. */
export async function compare(reference: ReferenceLedger, real: RealLedger): Promise<void> {
  const books = await real.books();
  const account = (purse: Purse) => ({ ...reference.accounts[purse], held: reference.held(purse) });
  expect(real.standing(books)).toEqual({
    own: account('own'),
    pool: account('pool'),
    caps: reference.caps.standing(),
    holds: Array.from({ length: holdIds }, (_, id) => toStanding(reference.holds.get(id))),
  });
  expect(real.changedEntries(books)).toEqual([]);
  expect(faultsIn(books)).toEqual([]);
}

const toStanding = (hold: ReferenceHold | undefined) => {
  if (!hold) return undefined;
  const { state, amount, promised, used, charged, released, uncollected, seq } = hold;
  return { state, amount, promised, used, charged, released, uncollected, seq };
};

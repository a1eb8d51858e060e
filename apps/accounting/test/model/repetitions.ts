import { expect } from '@jest/globals';
import type { HttpAnswer } from '@parley/testing';
import type { LedgerRequest } from './ledger-request.js';
import { ask, Step } from './ledger-step.js';
import type { RealLedger } from './real-ledger.js';
import type { ReferenceLedger } from './reference-ledger.js';

/** Any earlier request arrives once more: what was done is answered as it was then, and nothing moves. */
export class Repeat extends Step {
  constructor(private readonly pick: number) {
    super(`repeat(${pick})`);
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    const earlier = real.sent.at(this.pick % Math.max(real.sent.length, 1));
    if (!earlier) return;
    const before = real.standing(await real.books());
    const again = await ask(reference, real, earlier.request);
    if (!isForAllTime(earlier.request, earlier.answer)) return;
    expect({ ...inWords(again), ...timeless }).toEqual({ ...inWords(earlier.answer), ...timeless });
    expect(real.standing(await real.books())).toEqual(before);
    real.reach(`repeated ${earlier.request.kind} ${again.status}`);
  }
}

/** Days may have passed since, which move the past instead of the clock. */
const timeless = { expires_at: undefined };

/** The request that has just been answered, whatever with, arrives a second time: nothing can have changed in between. */
export class RepeatAtOnce extends Step {
  constructor() {
    super('repeat at once');
  }

  async run(reference: ReferenceLedger, real: RealLedger): Promise<void> {
    const last = real.sent.at(-1);
    if (!last) return;
    const answers = [await ask(reference, real, last.request), await ask(reference, real, last.request)];
    expect(inWords(answers[1]!)).toEqual(inWords(answers[0]!));
    real.reach(`repeated at once ${last.request.kind} ${answers[1]!.status}`);
  }
}

/**
 * What was done is remembered. A refusal had a reason of its moment, and a progress is answered with the hold as it is now.
 */
function isForAllTime({ kind }: LedgerRequest, { status }: HttpAnswer): boolean {
  return kind !== 'progress' && kind !== 'cap' && status < 300;
}

/** That something was done before is no difference, and neither is the number of the request. */
function inWords({ status, body }: HttpAnswer) {
  const { request_id: _, ...rest } = body as Record<string, unknown>;
  return { status: status < 300 ? 'done' : status, ...rest, ...('code' in rest ? {} : { status: 'done' }) };
}

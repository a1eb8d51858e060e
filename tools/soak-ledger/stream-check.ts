import { type Generation, worthOf } from './fake-model.js';
import { priceOf } from './price.js';
import type { StoredEntry, StoredHold, StoredMessage, StoredStream } from './records.js';
import { bytesPerToken, tokensFrom } from './said.js';

/** All that is known about one stream, from every side. */
export interface Case {
  stream: StoredStream;
  /** The number of its question, once that was stored. */
  question: number | undefined;
  answer: StoredMessage | undefined;
  hold: StoredHold | undefined;
  entries: readonly StoredEntry[];
  /** What the model itself knows; undefined when it was never asked. */
  truth: Generation | undefined;
}

const check = (isSound: boolean, fault: string): string[] => (isSound ? [] : [fault]);

export const writtenOff = ({ entries }: Case): bigint =>
  entries.reduce((sum, { written_off_ucr: amount }) => sum + (amount ?? 0n), 0n);

/** Everything that the books say about a stream's cost, whoever bears it. */
export const booked = (each: Case): bigint =>
  (each.hold?.charged_ucr ?? 0n) + (each.hold?.uncollected_ucr ?? 0n) + writtenOff(each);

export const worth = ({ truth }: Case): bigint => (truth ? worthOf(truth) : 0n);

/** @returns one sentence for each fault of a stream */
export function faultsOfStream(each: Case): string[] {
  const faults = each.question === undefined ? faultsOfUnbegun(each) : [...faultsOfBegun(each), ...faultsOfText(each)];
  return [...faults, ...faultsOfSettlement(each)].map((fault) => `${describe(each)}: ${fault}`);
}

/** No question was stored: the model was not asked, and whatever was held has gone back. */
function faultsOfUnbegun(each: Case): string[] {
  const { stream, hold, truth } = each;
  return [
    ...check(
      ['rejected', 'interrupted'].includes(stream.state),
      'it has no question and is neither refused nor cut off',
    ),
    ...check(!hold || ['denied', 'released', 'expired'].includes(hold.state), `its hold is ${hold?.state}`),
    ...check(booked(each) === 0n && !truth, 'it has no question and is paid for'),
  ];
}

function faultsOfBegun(each: Case): string[] {
  const { stream, hold, truth } = each;
  const isOver = ['completed', 'stopped', 'failed', 'interrupted'].includes(stream.state);
  const isClosed = ['settled', 'released', 'late'].includes(hold?.state ?? '');
  if (!isOver) return ['it is not over'];
  if (!isClosed) return [`its hold is ${hold?.state ?? 'missing'}`];
  const [least, most] = due(each);
  const amount = booked(each);
  return [
    ...check(
      least <= amount && amount <= most,
      `${amount} ucr are booked, not ${least}${least < most ? ` to ${most}` : ''}`,
    ),
    ...check(amount <= worth(each), `${amount} ucr are booked and the model served only ${worth(each)}`),
    ...check(stream.state === 'failed' ? hold!.charged_ucr === 0n : writtenOff(each) === 0n, 'the wrong side pays'),
    ...check(stream.state !== 'completed' || isWhole(truth), 'it counts as completed and the model did not finish it'),
    ...check(stream.state !== 'failed' || isBroken(truth), 'it counts as failed and the model did not break'),
  ];
}

const isWhole = (truth: Generation | undefined) => truth?.ending === 'usage' || truth?.ending === 'silent';
const isBroken = (truth: Generation | undefined) => truth?.ending === 'error' || truth?.ending === 'cut';

/** What must be booked: all that the model served when the answer is whole, else what is in the log. */
function due({ stream, answer, hold, truth }: Case): [bigint, bigint] {
  const logged = Buffer.byteLength(answer?.content ?? '') / bytesPerToken;
  if (!truth || (logged === 0 && stream.state !== 'completed' && stream.usage?.source !== 'provider')) return [0n, 0n];
  const isCountedByProvider = stream.usage?.source === 'provider';
  const whole = priceOf(isCountedByProvider ? truth.promptTokens : truth.estimatedPromptTokens, truth.servedTokens);
  if (stream.state === 'completed' || isCountedByProvider) return [whole, whole];
  const kept = priceOf(truth.estimatedPromptTokens, logged);
  // A hold that had expired was charged what had been reported by then, which may be more than what reached the log.
  return [kept, hold?.state === 'late' ? whole : kept];
}

function faultsOfText({ stream, question, answer, truth }: Case): string[] {
  const text = answer?.content ?? '';
  const count = Buffer.byteLength(text) / bytesPerToken;
  const said = tokensFrom(question!, 0, truth?.servedTokens ?? 0).join('');
  return [
    ...check((text !== '') === stream.last_seq > 0, `it has ${stream.last_seq} chunks and ${count} tokens of text`),
    ...check(said.startsWith(text), 'its text is not what the model said'),
    ...check(Number.isInteger(count), 'its text ends within a token'),
    ...check(stream.state !== 'completed' || text === said, 'it counts as completed and its text is not whole'),
  ];
}

function faultsOfSettlement({ stream, hold, entries }: Case): string[] {
  const { state, charged_ucr: charged } = stream.settlement;
  const closings = entries.filter(({ _id }) => _id === `close:${stream._id}`).length;
  const isSettled = state === 'done' || (state === 'none' && stream.state === 'rejected');
  const wasHeld = hold !== undefined && hold.state !== 'denied';
  return [
    ...check(isSettled, `its settlement is ${state}`),
    ...check(closings === (wasHeld ? 1 : 0), `its hold was closed ${closings} times`),
    ...check(
      state !== 'done' || BigInt(charged ?? -1) === (hold?.charged_ucr ?? 0n),
      `chat says that it cost ${charged}`,
    ),
  ];
}

const describe = ({ stream, truth }: Case): string => {
  const model = truth ? `model ${truth.ending} after ${truth.servedTokens} tokens` : 'model not asked';
  return `${stream._id} (${stream.state} ${stream.finish_reason ?? ''}, ${model})`;
};

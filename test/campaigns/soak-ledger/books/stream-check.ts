import type { DoneEvent } from '@parley/contracts';
import { type Generation, worthOf } from '../model/fake-model.js';
import { priceOf } from '../model/price.js';
import type { StoredEntry, StoredHold, StoredMessage, StoredStream } from './records.js';
import { bytesPerToken, tokensFrom } from '../model/said.js';

/** Everything known about one stream, from every side. */
export interface Case {
  stream: StoredStream;
  /** The number of its question, once that was stored. */
  question: number | undefined;
  answer: StoredMessage | undefined;
  hold: StoredHold | undefined;
  entries: readonly StoredEntry[];
  /** What the model itself knows; undefined when it was never asked. */
  truth: Generation | undefined;
  /** What clients were told of its end. */
  dones: readonly DoneEvent[];
  /** What the administrator has refunded. */
  refunded: bigint;
  /** The account that has to pay. */
  payer: string | undefined;
}

const check = (isSound: boolean, fault: string): string[] => (isSound ? [] : [fault]);

export const writtenOff = ({ entries }: Case): bigint =>
  entries.reduce((sum, { written_off_ucr: amount }) => sum + (amount ?? 0n), 0n);

/** What a stream cost according to the books, whoever bears it. */
export const booked = (each: Case): bigint =>
  (each.hold?.charged_ucr ?? 0n) + (each.hold?.uncollected_ucr ?? 0n) + writtenOff(each);

export const worth = ({ truth }: Case): bigint => (truth ? worthOf(truth) : 0n);

/** @returns one sentence for each fault of a stream */
export function faultsOfStream(each: Case): string[] {
  const faults = each.question === undefined ? faultsOfUnbegun(each) : [...faultsOfBegun(each), ...faultsOfText(each)];
  const rest = [...faultsOfSettlement(each), ...faultsOfDones(each), ...faultsOfRefunds(each)];
  return [...faults, ...rest].map((fault) => `${describe(each)}: ${fault}`);
}

/** No question was stored, so the model was not asked, and whatever was held has been returned. */
function faultsOfUnbegun(each: Case): string[] {
  const { stream, hold, truth } = each;
  return [
    ...check(
      ['rejected', 'interrupted'].includes(stream.state),
      'it has no question and is neither refused nor cut off',
    ),
    ...check(!hold || ['released', 'expired'].includes(hold.state), `its hold is ${hold?.state}`),
    ...check(booked(each) === 0n && !truth, 'it has no question and is paid for'),
  ];
}

function faultsOfBegun(each: Case): string[] {
  const { stream, hold, truth } = each;
  const isOver = ['completed', 'stopped', 'failed', 'interrupted'].includes(stream.state);
  // A hold that expired uncharged needs no release.
  const isReturned = hold?.state === 'expired' && hold.charged_ucr === 0n;
  const isClosed = isReturned || ['settled', 'released', 'late'].includes(hold?.state ?? '');
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
    ...check(stream.state === 'failed' ? isSpared(hold!) : writtenOff(each) === 0n, 'the wrong side pays'),
    ...check(stream.state !== 'completed' || isWhole(truth), 'it counts as completed and the model did not finish it'),
    ...check(stream.state !== 'failed' || hasFailed(each), 'it counts as failed and nothing has failed'),
  ];
}

/** A failed answer is not charged, except for what was reported before its hold expired: only a refund returns that. */
const isSpared = ({ state, charged_ucr: charged }: StoredHold): boolean => charged === 0n || state === 'late';
const isWhole = (truth: Generation | undefined) => truth?.ending === 'usage' || truth?.ending === 'silent';
/** The model broke, a call did not reach it, or the database was away for too long. */
const hasFailed = ({ truth, stream }: Case): boolean =>
  !truth || truth.ending === 'error' || truth.ending === 'cut' || stream.finish_reason === 'store_unavailable';

/** What must be booked: all that the model served if the answer is whole, otherwise what is in the log. */
function due({ stream, answer, hold, truth }: Case): [bigint, bigint] {
  const logged = Buffer.byteLength(answer?.content ?? '') / bytesPerToken;
  if (!truth || (logged === 0 && stream.state !== 'completed' && stream.usage?.source !== 'provider')) return [0n, 0n];
  const isCountedByProvider = stream.usage?.source === 'provider';
  const whole = priceOf(isCountedByProvider ? truth.promptTokens : truth.estimatedPromptTokens, truth.servedTokens);
  if (stream.state === 'completed' || isCountedByProvider) return [whole, whole];
  const kept = priceOf(truth.estimatedPromptTokens, logged);
  // An expired hold was charged what had been reported, which may be more than what reached the log.
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

function faultsOfSettlement({ stream, hold, entries, payer }: Case): string[] {
  const { state, charged_ucr: charged } = stream.settlement;
  const closings = entries.filter(({ _id }) => _id === `close:${stream._id}`).length;
  const isSettled = state === 'done' || (state === 'none' && stream.state === 'rejected');
  return [
    ...check(!hold || hold.account_id === payer, `${hold?.account_id} pays for it instead of ${payer}`),
    ...check(isSettled, `its settlement is ${state}`),
    ...check(closings === (hold ? 1 : 0), `its hold was closed ${closings} times`),
    ...check(
      state !== 'done' || BigInt(charged ?? -1) === (hold?.charged_ucr ?? 0n),
      `chat says that it cost ${charged}`,
    ),
  ];
}

/** Every client was told the same ending, the one that chat and accounting have stored. */
function faultsOfDones({ stream, hold, dones }: Case): string[] {
  return dones.flatMap((done) => [
    ...check(done.state === stream.state, `a client was told that it is ${done.state}`),
    ...check(done.finish_reason === stream.finish_reason, `a client was told that it ended for ${done.finish_reason}`),
    ...check(done.final_seq === stream.last_seq, `a client was told of ${done.final_seq} chunks`),
    ...check(done.sha256 === stream.sha256, 'a client was told another digest of its text'),
    ...check(isSameUsage(done.usage, stream.usage), `a client was told of ${JSON.stringify(done.usage)}`),
    ...check(
      done.charged_ucr === null || BigInt(done.charged_ucr) === (hold?.charged_ucr ?? 0n),
      `a client was told that it cost ${done.charged_ucr}`,
    ),
  ]);
}

const isSameUsage = (told: DoneEvent['usage'], stored: StoredStream['usage']): boolean =>
  told.input_tokens === stored?.input_tokens && told.output_tokens === stored.output_tokens;

function faultsOfRefunds({ hold, entries, refunded }: Case): string[] {
  const back = entries.reduce((sum, { type, delta_ucr: delta }) => (type === 'refund' ? sum + delta : sum), 0n);
  return [
    ...check(back === refunded, `${back} ucr were given back, not ${refunded}`),
    ...check(back <= (hold?.charged_ucr ?? 0n), `${back} ucr were given back of ${hold?.charged_ucr}`),
  ];
}

const describe = ({ stream, truth }: Case): string => {
  const model = truth ? `model ${truth.ending} after ${truth.servedTokens} tokens` : 'model not asked';
  return `${stream._id} (${stream.state} ${stream.finish_reason ?? ''}, ${model})`;
};

import type { DoneEvent } from '@parley/contracts';
import { faultsOfAccounts } from './account-check.js';
import { faultsOfCaps } from './cap-check.js';
import { type Generation, worthOf } from '../model/fake-model.js';
import type { Records, StoredEntry } from './records.js';
import { questionIn } from '../model/said.js';
import { booked, type Case, faultsOfStream, worth, writtenOff } from './stream-check.js';

/** The sums of all streams, in micro-credits. */
export interface Balance {
  /** How many there are in each state, and for failed ones also by reason. */
  streams: Record<string, number>;
  holds: Record<string, number>;
  tokensServed: number;
  modelWorth: bigint;
  charged: bigint;
  uncollected: bigint;
  writtenOff: bigint;
  /** What the model served of interrupted answers beyond what reached the log: nobody is charged for it. */
  notCharged: bigint;
  faults: string[];
}

/** What is known outside the services: by the model, the administrator and the clients. */
export interface Truth {
  generations: ReadonlyMap<number, Generation>;
  /** Credits given and given back, by account. */
  given: ReadonlyMap<string, bigint>;
  /** Credits given back, by hold. */
  refunded: ReadonlyMap<string, bigint>;
  /** How clients were told that streams ended, by stream. */
  dones: ReadonlyMap<string, readonly DoneEvent[]>;
  /** Who pays, by user. */
  payers: ReadonlyMap<string, string>;
}

/** Compares what was stored with what the model knows, stream by stream and then in sum. */
export function balance(records: Records, truth: Truth): Balance {
  const { generations, given } = truth;
  const cases = toCases(records, truth);
  const sum = (of: (each: Case) => bigint) => cases.reduce((total, each) => total + of(each), 0n);
  const sheet = {
    charged: sum(({ hold }) => hold?.charged_ucr ?? 0n),
    uncollected: sum(({ hold }) => hold?.uncollected_ucr ?? 0n),
    writtenOff: sum(writtenOff),
    notCharged: sum((each) => worth(each) - booked(each)),
  };
  const truths = [...generations.values()];
  const modelWorth = truths.reduce((total, truth) => total + worthOf(truth), 0n);
  const adjusted = sheet.charged + sheet.uncollected + sheet.writtenOff + sheet.notCharged;
  return {
    streams: count(cases.map(endOf)),
    holds: count(records.holds.map(({ state }) => state)),
    tokensServed: truths.reduce((total, { servedTokens }) => total + servedTokens, 0),
    modelWorth,
    ...sheet,
    faults: [
      ...cases.flatMap(faultsOfStream),
      ...faultsOfBelonging(records, cases, generations),
      ...faultsOfAccounts(records, given),
      ...faultsOfCaps(records),
      ...(adjusted === modelWorth ? [] : [`the books say ${adjusted} ucr and the model ${modelWorth}`]),
    ],
  };
}

function toCases({ streams, messages, holds, entries }: Records, truth: Truth): Case[] {
  const asked = new Map(
    messages.filter(({ role }) => role === 'user').map((each) => [each.streaming_session_id, each]),
  );
  const said = new Map(
    messages.filter(({ role }) => role === 'assistant').map((each) => [each.streaming_session_id, each]),
  );
  const held = new Map(holds.map((each) => [each._id, each]));
  const posted = new Map<string, StoredEntry[]>();
  for (const entry of entries) {
    if (entry.hold_id !== undefined) posted.set(entry.hold_id, [...(posted.get(entry.hold_id) ?? []), entry]);
  }
  return streams.map((stream) => {
    const question = questionIn(asked.get(stream._id)?.content ?? '');
    return {
      stream,
      question,
      answer: said.get(stream._id),
      hold: held.get(stream._id),
      entries: posted.get(stream._id) ?? [],
      truth: question === undefined ? undefined : truth.generations.get(question),
      dones: truth.dones.get(stream._id) ?? [],
      refunded: truth.refunded.get(stream._id) ?? 0n,
      payer: truth.payers.get(stream.user_id),
    };
  });
}

/** Nothing may be stored that belongs to no stream, and nothing twice. */
function faultsOfBelonging(records: Records, cases: readonly Case[], generations: Truth['generations']): string[] {
  const ids = new Set(cases.map(({ stream }) => stream._id));
  const questions = cases.flatMap(({ question }) => (question === undefined ? [] : [question]));
  const known = new Set(questions);
  const lines = records.messages.map(({ role, streaming_session_id: id }) => `${role} ${id}`);
  return [
    ...records.holds.filter(({ _id }) => !ids.has(_id)).map(({ _id }) => `the hold ${_id} has no stream`),
    ...records.entries
      .filter(({ hold_id: id }) => id !== undefined && !ids.has(id))
      .map(({ _id }) => `the entry ${_id} has no stream`),
    ...records.messages
      .filter(({ streaming_session_id: id }) => !ids.has(id))
      .map(({ _id }) => `the message ${_id} has no stream`),
    ...[...generations.keys()]
      .filter((question) => !known.has(question))
      .map((question) => `the model was asked question ${question}, which no stream has`),
    ...(known.size === questions.length ? [] : ['a question was asked by two streams']),
    ...(new Set(lines).size === lines.length ? [] : ['a stream has two messages of one role']),
  ];
}

function endOf({ stream, truth }: Case): string {
  if (stream.state !== 'failed') return stream.state;
  return truth ? `failed for ${stream.finish_reason}` : 'failed before they reached the model';
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

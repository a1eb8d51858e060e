import { describe, expect, it } from '@jest/globals';
import type { DoneEvent } from '@parley/contracts';
import type { Generation } from '../model/fake-model.js';
import { priceOf } from '../model/price.js';
import type { StoredEntry, StoredHold, StoredMessage, StoredStream } from './records.js';
import { tokensFrom } from '../model/said.js';
import { type Case, faultsOfStream } from './stream-check.js';

const truth: Generation = { promptTokens: 30, estimatedPromptTokens: 21, servedTokens: 50, ending: 'usage' };
const charged = priceOf(30, 50);
const text = (tokens: number) => ({ content: tokensFrom(1, 0, tokens).join('') }) as StoredMessage;

function buildCase(stream: Partial<StoredStream> = {}, hold: Partial<StoredHold> = {}, rest: Partial<Case> = {}): Case {
  const held = {
    state: 'settled',
    account_id: 'user:1',
    charged_ucr: charged,
    uncollected_ucr: 0n,
    ...hold,
  } as StoredHold;
  const usage = { input_tokens: 30, output_tokens: 50, source: 'provider' } as const;
  const settlement = { state: 'done', charged_ucr: Number(held.charged_ucr) };
  return {
    stream: {
      _id: 's',
      user_id: '1',
      state: 'completed',
      last_seq: 3,
      finish_reason: 'stop',
      sha256: 'digest',
      usage,
      settlement,
      ...stream,
    },
    question: 1,
    answer: text(50),
    hold: held,
    entries: [closing],
    truth,
    dones: [],
    refunded: 0n,
    payer: 'user:1',
    ...rest,
  };
}

const closing = { _id: 'close:s', type: 'settle', delta_ucr: -charged } as StoredEntry;
const refund = { _id: 'refund:1', type: 'refund', delta_ucr: 5n } as StoredEntry;
const told = (change: Partial<DoneEvent> = {}): DoneEvent => ({
  state: 'completed',
  finish_reason: 'stop',
  tokensUsed: 80,
  usage: { input_tokens: 30, output_tokens: 50, source: 'provider' },
  final_seq: 3,
  sha256: 'digest',
  message_id: 'm',
  charged_ucr: Number(charged),
  ...change,
});

const cutOff: Partial<StoredStream> = {
  state: 'interrupted',
  usage: { input_tokens: 21, output_tokens: 20, source: 'estimated' },
};
const lost: Partial<StoredStream> = { ...cutOff, state: 'failed', finish_reason: 'store_unavailable' };
const borne = { ...closing, delta_ucr: 0n, written_off_ucr: priceOf(21, 20) } as StoredEntry;
const unasked: Partial<StoredStream> = {
  state: 'failed',
  finish_reason: 'error',
  last_seq: 0,
  usage: { input_tokens: 21, output_tokens: 0, source: 'estimated' },
};
const noAnswer: Partial<Case> = { answer: undefined, truth: undefined };

describe('the books of one stream', () => {
  it.each<[string, Case]>([
    ['a whole answer that is charged', buildCase()],
    ['one that was told as it is', buildCase({}, {}, { dones: [told(), told({ charged_ucr: null })] })],
    ['one that was given back in part', buildCase({}, {}, { entries: [closing, refund], refunded: 5n })],
    ['one that the account could not bear', buildCase({}, { charged_ucr: charged - 5n, uncollected_ucr: 5n })],
    ['one cut off, charged as logged', buildCase(cutOff, { charged_ucr: priceOf(21, 20) }, { answer: text(20) })],
    [
      'one that the database was away for',
      buildCase(lost, { charged_ucr: 0n }, { answer: text(20), entries: [borne] }),
    ],
    ['one that failed before the model was asked', buildCase(unasked, { charged_ucr: 0n }, noAnswer)],
  ])('have nothing against %s', (_name, each) => {
    expect(faultsOfStream(each)).toEqual([]);
  });

  it.each<[string, Case, RegExp]>([
    ['one micro-credit too much', buildCase({}, { charged_ucr: charged + 1n }), /are booked, not/],
    ['one micro-credit too little', buildCase({}, { charged_ucr: charged - 1n }), /are booked, not/],
    ['more than is in the log', buildCase(cutOff, {}, { answer: text(20) }), /are booked, not/],
    ['text that the model did not say', buildCase({}, {}, { answer: text(51) }), /not what the model said/],
    ['one that failed for nothing', buildCase({ ...lost, finish_reason: 'error' }), /nothing has failed/],
    ['a charge for what never reached the model', buildCase(unasked, {}, noAnswer), /are booked, not 0/],
    ['half an answer that counts as completed', buildCase({}, {}, { answer: text(20) }), /text is not whole/],
    ['an open hold', buildCase({}, { state: 'held' }), /its hold is held/],
    ['no hold', buildCase({}, {}, { hold: undefined }), /its hold is missing/],
    [
      'a hold that was closed twice',
      buildCase({}, {}, { entries: Array(2).fill({ _id: 'close:s' }) }),
      /closed 2 times/,
    ],
    ['a settlement that is still due', buildCase({ settlement: { state: 'due' } }), /its settlement is due/],
    ['chat naming another charge', buildCase({ settlement: { state: 'done', charged_ucr: 1 } }), /chat says/],
    [
      'a client that was told another end',
      buildCase({}, {}, { dones: [told({ state: 'stopped' })] }),
      /told that it is/,
    ],
    ['a client that was told another charge', buildCase({}, {}, { dones: [told({ charged_ucr: 1 })] }), /told that it/],
    ['an account that has nothing to do with it', buildCase({}, {}, { payer: 'org:1' }), /pays for it instead/],
    ['a refund that nobody made', buildCase({}, {}, { entries: [closing, refund] }), /given back, not 0/],
    ['a charge without a question', buildCase({ state: 'rejected' }, {}, { question: undefined }), /is paid for/],
  ])('find %s', (_name, each, fault) => {
    expect(faultsOfStream(each).join('\n')).toMatch(fault);
  });
});

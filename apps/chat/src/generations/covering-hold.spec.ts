import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { denied, HeldAnswer, oneToken, refuse, unreachable } from '../../test/held-answer.js';
import { createLogger } from '@parley/platform';
import { LiveStream } from '../readers/live-stream.js';
import { StopReason } from '../streams/stop-reason.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { firstCoverTokens, CoveringHold } from './covering-hold.js';

describe('CoveringHold', () => {
  let answer: HeldAnswer;
  let accounting: HeldAnswer['accounting'];
  let hold: HeldAnswer['hold'];

  const build = (...limit: ConstructorParameters<typeof HeldAnswer>) => {
    answer = new HeldAnswer(...limit);
    ({ accounting, hold } = answer);
  };
  beforeEach(() => {
    jest.useFakeTimers();
    build();
  });
  afterEach(async () => {
    await answer.end();
    jest.useRealTimers();
  });

  describe('in the ordinary case', () => {
    it('asks for nothing, and lets nothing wait, while a short answer fits its first slice', async () => {
      expect(answer.takeAtOnce(firstCoverTokens * 0.7).waiting).toBeUndefined();
      await jest.advanceTimersByTimeAsync(0);
      expect(accounting.asked).toEqual([]);
    });

    it('asks for more at four fifths, and for ever larger slices, so that nothing waits', async () => {
      for (let n = 0; n < 3_000; n++) {
        expect(hold.cover(oneToken)).toBeUndefined();
        await jest.advanceTimersByTimeAsync(0);
      }
      expect(accounting.asked.map(({ seq }) => seq)).toEqual(accounting.asked.map((_, index) => index + 1));
      expect(accounting.asked[0]).toEqual({
        streaming_session_id: 'stream-1',
        seq: 1,
        usage: { input_tokens: 10, output_tokens: 52, source: 'estimated' },
        top_up_output_tokens: 128,
      });
      const slices = accounting.asked.map(({ top_up_output_tokens: slice }) => slice!);
      expect(slices.slice(0, 4)).toEqual([128, 256, 512, 1_024]);
      expect(accounting.asked.length).toBeLessThan(10);
    });

    it('counts a long piece by its size', async () => {
      void hold.cover('x'.repeat(4 * 60));
      await jest.advanceTimersByTimeAsync(0);
      expect(accounting.asked[0]!.usage.output_tokens).toBe(60);
    });

    it('reports no output, and still asks to have it covered, before something of it is in the log', async () => {
      const live = new LiveStream({ _id: 'stream-2', input_tokens_estimate: 10 } as StreamRecord);
      const logger = createLogger('test', 'silent');
      const limit = { maxTokens: 4_096, atMaxTokens: StopReason.length };
      const early = new CoveringHold(live, limit, firstCoverTokens, accounting, logger);
      await early.cover('x'.repeat(4 * 900));
      await jest.advanceTimersByTimeAsync(30_000);
      await early.end();
      expect(accounting.asked[0]).toMatchObject({ usage: { output_tokens: 0 }, top_up_output_tokens: 900 });
      expect(accounting.asked.every(({ usage }) => usage.output_tokens === 0)).toBe(true);
    });

    it('gives a sign of life every 30 s that asks for no more than is needed', async () => {
      answer.takeAtOnce(10);
      await jest.advanceTimersByTimeAsync(60_000);
      expect(accounting.asked.map(({ usage, top_up_output_tokens: slice }) => [usage.output_tokens, slice])).toEqual([
        [10, undefined],
        [10, undefined],
      ]);
    });
  });

  describe('at the end of what is covered', () => {
    it('holds the text back while more is asked for, and goes on when it is granted', async () => {
      accounting.isSilent = true;
      const { waiting } = answer.takeAtOnce(1_000);
      expect(await answer.isPending(waiting)).toBe(true);
      expect(accounting.asked).toHaveLength(1);
      accounting.answer();
      expect(await waiting).toEqual({ text: oneToken });
      expect(answer.takeAtOnce(100).waiting).toBeUndefined();
    });

    it('never lets more pass than is covered, however fast the model is', async () => {
      let passed = 0;
      for (let n = 0; n < 3_000; n++) {
        await hold.cover(oneToken);
        expect(++passed).toBeLessThanOrEqual(accounting.covered);
      }
    });

    it('asks for enough for a piece that is larger than a slice', async () => {
      const text = 'y'.repeat(4 * 900);
      expect(await hold.cover(text)).toEqual({ text });
      expect(accounting.asked.at(-1)!.top_up_output_tokens).toBe(900);
    });

    it('asks again at once when what was already on its way is not enough', async () => {
      accounting.isSilent = true;
      answer.takeAtOnce(60);
      const waiting = hold.cover('y'.repeat(4 * 900));
      accounting.answer();
      await expect(waiting).resolves.toEqual({ text: 'y'.repeat(4 * 900) });
      expect(accounting.asked).toHaveLength(2);
    });

    it('asks nothing and shows nothing after its end, should the model have failed meanwhile', async () => {
      accounting.refusal = unreachable;
      const { waiting } = answer.takeAtOnce(1_000);
      expect(await answer.isPending(waiting)).toBe(true);
      await hold.end();
      const asked = accounting.asked.length;
      expect(await waiting).toEqual({ text: '' });
      await jest.advanceTimersByTimeAsync(60_000);
      expect(accounting.asked).toHaveLength(asked);
    });

    it.each([
      ['the deadline', StopReason.deadline],
      ['a deleted session', StopReason.sessionDeleted],
      ['a lost lease', StopReason.leaseLost],
      ['the end of the process', StopReason.shutdown],
    ])('%s ends the wait at once, with nothing shown', async (_, stop) => {
      accounting.isSilent = true;
      const { waiting } = answer.takeAtOnce(1_000);
      expect(await answer.isPending(waiting)).toBe(true);
      answer.live.stop(stop);
      expect(await waiting).toEqual({ text: '' });
      expect(answer.stopped).toBe(stop);
    });
  });

  describe('without credits for more', () => {
    it.each(['top_up_denied', 'member_cap_reached'])('%s ends the answer at what is held', async (code) => {
      accounting.refusal = refuse('insufficientFunds', code);
      expect(await answer.take(firstCoverTokens)).toBeUndefined();
      expect(await hold.cover(oneToken)).toEqual({ text: '', stop: 'credits' });
      expect(accounting.asked).toHaveLength(1);
    });

    it('shows of a piece across the bound what is covered, in whole characters', async () => {
      accounting.refusal = denied();
      await answer.take(60);
      expect(await hold.cover('12345678901234😀and more')).toEqual({ text: '12345678901234', stop: 'credits' });
    });

    it('takes a smaller slice when there is still something to have', async () => {
      accounting.refusal = denied({ required_ucr: 116, available_ucr: 29 });
      await answer.take(52);
      expect(accounting.asked[0]).toMatchObject({ usage: { output_tokens: 52 }, top_up_output_tokens: 128 });
      accounting.refusal = undefined;
      expect(await answer.take(firstCoverTokens + 29 - 52)).toBeUndefined();
      expect(accounting.asked[1]!.usage.output_tokens + accounting.asked[1]!.top_up_output_tokens!).toBe(93);
    });

    it('ends when not even a smaller slice is left', async () => {
      accounting.refusal = denied({ required_ucr: 116, available_ucr: 0 });
      expect(await answer.take(100)).toBe('credits');
      expect(accounting.asked).toHaveLength(1);
    });

    it('may find new credits at the next sign of life', async () => {
      accounting.refusal = denied();
      await answer.take(60);
      accounting.refusal = undefined;
      await jest.advanceTimersByTimeAsync(30_000);
      expect(await answer.take(100)).toBeUndefined();
    });
  });

  describe('when the model may give no more', () => {
    it('holds no more than that, and counts no longer', async () => {
      build(100);
      for (let n = 0; n < 100; n++) await hold.cover('long words ');
      await hold.end();
      expect(accounting.asked).toHaveLength(1);
      expect(accounting.asked[0]!.top_up_output_tokens! + accounting.asked[0]!.usage.output_tokens).toBe(100);
    });

    it.each([StopReason.length, StopReason.credits])('ends a model that does not keep to it: %s', async (atMax) => {
      build(100, atMax);
      for (let n = 0; n < 100; n++) expect((await hold.cover(oneToken))?.stop).toBeUndefined();
      expect(await hold.cover(oneToken)).toEqual({ text: '', stop: atMax });
    });

    it('does not end one whose pieces are smaller than tokens', async () => {
      build(100);
      for (let n = 0; n < 350; n++) expect((await hold.cover('x'))?.stop).toBeUndefined();
    });
  });
});

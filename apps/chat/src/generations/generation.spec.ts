import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@parley/platform';
import { type GenerationRequest, ModelError, ModelProvider, type OnText } from '../models/provider/model-provider.js';
import { LiveStream } from '../readers/live-stream.js';
import { StopReason } from '../streams/stop-reason.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import type { CoveringHold } from './covering-hold.js';
import { Generation } from './generation.js';
import type { LogWriter } from './log-writer.js';

type Behaviour = (request: GenerationRequest, onText: OnText) => Promise<void> | void;

/** A model that does as it is told and, when it was stopped, says so as a provider does. */
class ToldProvider extends ModelProvider {
  readonly name = 'told';

  constructor(private readonly behaviour: Behaviour) {
    super();
  }

  models = () => Promise.resolve([]);

  async generate(request: GenerationRequest, onText: OnText) {
    await this.behaviour(request, onText);
    request.signal.throwIfAborted();
    return { finishReason: 'stop' as const };
  }
}

/** A hold that covers everything, and a log that takes everything. */
const generous = { cover: () => undefined, hiddenTokens: 7 } as unknown as CoveringHold;
const writer = { add: () => undefined, flush: () => Promise.resolve(), isComplete: true } as unknown as LogWriter;

function run(behaviour: Behaviour, stream = new LiveStream({ _id: 'stream-1', model: 'm' } as StreamRecord)) {
  const generation = new Generation(stream, writer, generous, createLogger('test', 'silent'));
  const limit = { maxTokens: 1_000_000, atMaxTokens: StopReason.length };
  return generation.run({ provider: new ToldProvider(behaviour), messages: [], ...limit });
}

describe('Generation', () => {
  it('[attack 113] is owed when it is stopped after the call was sent, with what was thought', async () => {
    const stream = new LiveStream({ _id: 'stream-1', model: 'm' } as StreamRecord);
    const end = await run(({ onSent }) => {
      onSent!();
      stream.stop(StopReason.user);
    }, stream);
    expect(end).toMatchObject({ state: 'stopped', finishReason: 'user', isOwed: true, hiddenTokens: 7 });
  });

  it('is not owed when it is stopped before the call was sent', async () => {
    const stream = new LiveStream({ _id: 'stream-1', model: 'm' } as StreamRecord);
    const end = await run(() => stream.stop(StopReason.user), stream);
    expect(end).toMatchObject({ state: 'stopped', isOwed: false });
  });

  it('is not owed when it ended because accounting could not be reached', async () => {
    const stream = new LiveStream({ _id: 'stream-1', model: 'm' } as StreamRecord);
    const end = await run(({ onSent }) => {
      onSent!();
      stream.stop(StopReason.accountingUnavailable);
    }, stream);
    expect(end).toMatchObject({ state: 'stopped', isOwed: false });
  });

  it('[attack 113] is stopped, and owed, when the model thinks without an end', async () => {
    const end = await run(async ({ onSent, signal }, onText) => {
      onSent!();
      for (let n = 0; n < 11 && !signal.aborted; n++) await onText('x'.repeat(100_000), true);
    });
    expect(end).toMatchObject({ state: 'stopped', finishReason: 'too_long', isOwed: true });
  });

  it('is a failure when the model fails, whatever it thought before', async () => {
    const end = await run(async ({ onSent }, onText) => {
      onSent!();
      await onText('thinking', true);
      throw new ModelError('model_failed', 'The model failed while answering.');
    });
    expect(end).toEqual({
      state: 'failed',
      finishReason: 'error',
      error: { code: 'model_failed', detail: 'The model failed while answering.', retryable: true },
    });
  });
});

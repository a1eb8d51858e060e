import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type LogOf, LogWorld } from '../../test/log-world.js';
import { ChunkLog } from './chunk-log.js';

/** A failure prints its seed and the shortest run; LOG_SEED and LOG_RUNS make other and longer slices. */
const seed = Number(process.env.LOG_SEED ?? 1);
const numRuns = Number(process.env.LOG_RUNS ?? 200);
const choices = fc.array(fc.nat(1_000), { minLength: 5, maxLength: 60, size: 'max' });

/** Lets what has been set going come to its next wait, and the pauses between inserts and tries pass. */
const settle = () => jest.advanceTimersByTimeAsync(250);

async function play(world: LogWorld, run: readonly number[]): Promise<void> {
  for (const choice of run) {
    const steps = world.steps();
    void steps[choice % steps.length]!();
    await settle();
    expect(world.wrongs()).toEqual([]);
  }
  // In the end everything that was sent arrives, and whoever is left ends the stream.
  for (let round = 0; round < 20 && (world.stored.sent.length > 0 || !world.isOver); round++) {
    if (!world.isOver) world.takeOver();
    for (const sent of [...world.stored.sent]) {
      if (!sent.refused) world.stored.do(sent);
      if (!sent.isAnswered) world.stored.answer(sent, false);
    }
    await settle();
    await world.readOn();
    expect(world.wrongs()).toEqual([]);
  }
  expect(world.isOver).toBe(true);
}

const interleavings = (make: () => LogWorld) => fc.asyncProperty(choices, (run) => play(make(), run));
const isNoticed = async (make: () => LogWorld) =>
  (await fc.check(interleavings(make), { seed, numRuns: 1_000 })).failed;

describe('the log of a stream that several processes believe to be theirs', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it(`[stream 18] shows nothing that the answer does not have, and loses nothing (seed ${seed}, ${numRuns} runs)`, async () => {
    await fc.assert(
      interleavings(() => new LogWorld()),
      { seed, numRuns },
    );
  });

  /** What the search has to notice, or it shows nothing. */
  const broken: Record<string, LogOf> = {
    'a stream is ended without a seal': class extends ChunkLog {
      override seal({ _id }: Parameters<ChunkLog['seal']>[0]) {
        return this.readOn(_id, 0);
      }
    },
    'any row at its place is taken for the own one': class extends ChunkLog {
      override async append(...row: Parameters<ChunkLog['append']>) {
        await super.append(...row);
        return true;
      }
    },
    'what was not answered counts as written': class extends ChunkLog {
      override append(...row: Parameters<ChunkLog['append']>) {
        return super.append(...row).catch(() => true);
      }
    },
  };
  it.each(Object.entries(broken))('notices when %s', async (_, Log) => {
    expect(await isNoticed(() => new LogWorld(Log))).toBe(true);
  });

  it('notices a database that lets a row past the seal', async () => {
    const make = () => {
      const world = new LogWorld();
      world.stored.isBlindToSeals = true;
      return world;
    };
    expect(await isNoticed(make)).toBe(true);
  });
});

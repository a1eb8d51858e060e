import { parseArgs } from 'node:util';

const mostMinutes = 120;

export interface Options {
  minutes: number;
  seed: number;
}

/** @throws Error saying what is allowed */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0 && minutes <= mostMinutes)) throw new Error(`--minutes is a number up to ${mostMinutes}`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed is a whole number');
  return { minutes, seed };
}

/** Micro-credits for one million tokens of each kind, and for the call itself. */
export interface Rates {
  input: bigint;
  output: bigint;
  cacheRead: bigint;
  cacheWrite: bigint;
  perCall: bigint;
}

/** Whole numbers of tokens. `input` is what was neither read from a cache nor written into one. */
export interface TokenCounts {
  input: number;
  output: number;
  cacheRead?: number;
  cacheWrite?: number;
}

/** A call before it is made: nobody knows yet what of its input will be cached. */
export type CallSize = Pick<TokenCounts, 'input' | 'output'>;

const million = 1_000_000n;

/**
 * What a call costs, in micro-credits. Estimate, hold and settlement all ask this one function, so that none can be rounded
 * differently: the products are summed first and rounded up once.
 *
 * @throws RangeError when a count is not a whole number or anything is negative
 */
export function cost(tokens: TokenCounts, rates: Rates): bigint {
  const parts = [
    of(tokens.input, rates.input),
    of(tokens.output, rates.output),
    of(tokens.cacheRead ?? 0, rates.cacheRead),
    of(tokens.cacheWrite ?? 0, rates.cacheWrite),
  ];
  const millionths = parts.reduce((sum, part) => sum + part, 0n);
  return (millionths + million - 1n) / million + notNegative(rates.perCall);
}

/** What a call costs at most, whatever part of its input turns out to be cached: all of it at the dearest rate. */
export const highestCost = (tokens: CallSize, rates: Rates): bigint =>
  cost(tokens, { ...rates, input: dearest(inputRates(rates)) });

/** What a call costs at least, whatever part of its input turns out to be cached. */
export const lowestCost = (tokens: CallSize, rates: Rates): bigint =>
  cost(tokens, { ...rates, input: cheapest(inputRates(rates)) });

/**
 * The most output, up to `most`, that a call could have and still cost no more than `funds`, whatever part of its input turns out
 * to be cached: the inverse of `highestCost`. None where the input alone costs more.
 */
export function affordableOutput(funds: bigint, input: number, rates: Rates, most: number): number {
  if (highestCost({ input, output: 0 }, rates) > funds) return 0;
  if (rates.output === 0n) return most;
  const millionths = (funds - rates.perCall) * million - of(input, dearest(inputRates(rates)));
  const output = millionths / rates.output;
  return output < BigInt(most) ? Number(output) : most;
}

const inputRates = ({ input, cacheRead, cacheWrite }: Rates): bigint[] => [input, cacheRead, cacheWrite];
const dearest = (rates: bigint[]): bigint => rates.reduce((most, rate) => (rate > most ? rate : most));
const cheapest = (rates: bigint[]): bigint => rates.reduce((least, rate) => (rate < least ? rate : least));

const of = (count: number, rate: bigint): bigint => notNegative(BigInt(count)) * notNegative(rate);

function notNegative(value: bigint): bigint {
  if (value < 0n) throw new RangeError('tokens and rates are never negative');
  return value;
}

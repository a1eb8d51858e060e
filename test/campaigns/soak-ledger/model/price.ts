/** What the soak's model costs: rates that leave a remainder nearly always, so that the rounding is tried as well. */
export const rates = { input: 3_000_001n, output: 15_000_007n, perCall: 17n };
export const model = 'soak-1';

const million = 1_000_000n;

/** Worked out a second time, apart from accounting, so that a fault of one is not repeated by the other. */
export function priceOf(inputTokens: number, outputTokens: number): bigint {
  const millionths = BigInt(inputTokens) * rates.input + BigInt(outputTokens) * rates.output;
  return millionths / million + (millionths % million > 0n ? 1n : 0n) + rates.perCall;
}

export const priceList = {
  input_ucr_per_mtok: Number(rates.input),
  output_ucr_per_mtok: Number(rates.output),
  cache_read_ucr_per_mtok: 0,
  cache_write_ucr_per_mtok: 0,
  per_call_ucr: Number(rates.perCall),
  free: false,
};

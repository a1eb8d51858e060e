/** The price of the soak's model: rates that nearly always leave a remainder, so that rounding is tested too. */
export const rates = { input: 3_000_001n, output: 15_000_007n, perCall: 17n };
export const model = 'soak-1';

const million = 1_000_000n;

/** Computed independently of accounting, so that neither repeats a mistake of the other. */
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

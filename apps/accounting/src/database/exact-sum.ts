/**
 * An expression for the sum of longs as a decimal: beyond 64 bits the database would turn the sum into a float, and a decimal
 * carries 34 digits.
 */
export const exactSum = (amount: unknown) => ({ $sum: { $toDecimal: amount } });

/** What `exactSum` has come to; nothing where there was nothing to add. @throws RangeError when it is not a whole number */
export function toExact(sum: { toString(): string } | undefined): bigint {
  const text = sum?.toString() ?? '0';
  if (!/^-?\d+$/.test(text)) throw new RangeError(`${text} is not an exact sum`);
  return BigInt(text);
}

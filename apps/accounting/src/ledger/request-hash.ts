import { createHash } from 'node:crypto';

/** What a request asked for, as one digest: the same question asked again has the same one, whatever its members' order. */
export const requestHash = (request: Readonly<Record<string, unknown>>): string =>
  createHash('sha256').update(canonical(request)).digest('hex');

function canonical(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}

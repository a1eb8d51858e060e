import type { Entry } from './entries.dto.js';

const columns = [
  ...(['seq', 'at', 'type', 'delta_ucr', 'held_delta_ucr', 'balance_after_ucr', 'held_after_ucr'] as const),
  ...(['entry_id', 'account_id', 'hold_id', 'price_id', 'outcome', 'reason'] as const),
] as const;
const tokens = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens'] as const;

/** A statement as a table (RFC 4180), amounts in micro-credits. */
export function toCsv(entries: readonly Entry[]): string {
  const header = [...columns, ...tokens].join();
  const rows = entries.map((entry) =>
    [...columns.map((name) => cell(entry[name])), ...tokens.map((name) => cell(entry.usage?.[name]))].join(),
  );
  return [header, ...rows, ''].join('\r\n');
}

/**
 * Numbers are our own and stay numbers. Text may come from people: a spreadsheet runs what begins like a formula, so that gets
 * an apostrophe in front, which a spreadsheet shows as text.
 */
function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^\s*[=+\-@＝＋－＠\t\r|%]/.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

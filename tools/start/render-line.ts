/** Members that repeat what a terminal already shows. */
const leftOut = new Set(['level', 'time', 'msg', 'service', 'err']);

/** Control characters, marks that turn the direction of writing, and line separators: a terminal obeys them. */
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * One line of a child's output as the terminal shows it: `[chat] info  message key=value`. Anything that is not
 * one of our log lines is passed through behind the name. Both may hold text of strangers, so a terminal gets no character
 * of it that does more than show.
 */
export function renderLine(name: string, line: string): string {
  const entry = parseEntry(line);
  if (!entry) return `[${name}] ${printable(line)}`;
  const facts = Object.entries(entry)
    .filter(([key]) => !leftOut.has(key))
    .map(([key, value]) => `${key}=${renderValue(value)}`);
  const text = [entry.level.padEnd(5), ...(entry.msg ? [entry.msg] : []), ...facts].join(' ');
  return [text, ...errorLines(entry.err)].map((part) => `[${name}] ${printable(part)}`).join('\n');
}

const printable = (text: string): string =>
  text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

interface LogEntry extends Record<string, unknown> {
  level: string;
  msg?: string;
}

function parseEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as LogEntry;
    const isOurs = typeof entry.level === 'string' && ['string', 'undefined'].includes(typeof entry.msg);
    return isOurs ? entry : undefined;
  } catch {
    return undefined;
  }
}

const renderValue = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);

/** An error's stack keeps its lines, because people read it. */
function errorLines(error: unknown): string[] {
  if (error === undefined || error === null) return [];
  const { stack, message } = error as { stack?: unknown; message?: unknown };
  const text = [stack, message].find((candidate) => typeof candidate === 'string') ?? JSON.stringify(error);
  return text.split('\n').map((part) => `      ${part.trim()}`);
}

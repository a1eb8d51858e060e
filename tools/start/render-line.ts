/** Members that repeat what a terminal already shows. */
const leftOut = new Set(['level', 'time', 'msg', 'service', 'err']);

/**
 * One line of a child's output as the terminal shows it: `[chat] info  message key=value`. Anything that is not
 * one of our log lines is passed through behind the name.
 */
export function renderLine(name: string, line: string): string {
  const entry = parseEntry(line);
  if (!entry) return `[${name}] ${line}`;
  const facts = Object.entries(entry)
    .filter(([key]) => !leftOut.has(key))
    .map(([key, value]) => `${key}=${renderValue(value)}`);
  const text = [entry.level.padEnd(5), ...(entry.msg ? [entry.msg] : []), ...facts].join(' ');
  return [text, ...errorLines(entry.err)].map((part) => `[${name}] ${part}`).join('\n');
}

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

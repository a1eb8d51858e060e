import { createLogger, type Logger } from '@parley/platform';

export type LogLine = Record<string, unknown>;

/** A logger whose lines a test can read. */
export function captureLogs(service = 'test'): { logger: Logger; lines: LogLine[]; text(): string } {
  const lines: LogLine[] = [];
  const logger = createLogger(service, 'trace', {
    write: (line: string) => void lines.push(JSON.parse(line) as LogLine),
  });
  return { logger, lines, text: () => lines.map((line) => JSON.stringify(line)).join('\n') };
}

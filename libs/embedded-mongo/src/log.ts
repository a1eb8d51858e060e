export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const write = (level: string, message: string) =>
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);

export const consoleLog: Log = {
  info: (message) => write('info', message),
  warn: (message) => write('warn', message),
  error: (message) => write('error', message),
};

import { stdSerializers } from 'pino';

/**
 * How an error is logged: with its stack and those of its causes, which its message names too. Something that is away is no
 * fault of the code that asked for it, so only what was said about it is kept.
 */
export function loggedError(error: Error): unknown {
  const logged = stdSerializers.err(error);
  if (!isOutage(error)) return logged;
  const { type, message, code } = logged as { type: string; message: string; code?: unknown };
  return { type, message, code };
}

const isOutage = (error: unknown): boolean =>
  error instanceof Error && (error as Error & { kind?: unknown }).kind === 'unavailable';

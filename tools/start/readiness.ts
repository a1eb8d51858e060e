import { setTimeout as pause } from 'node:timers/promises';
import { StartRefused } from './settings.js';

const askAgainMs = 100;

/** Returns when `url` answers 200. @throws StartRefused when that takes too long, or the signal's reason */
export async function untilReady(name: string, url: string, limitMs: number, stopping: AbortSignal): Promise<void> {
  const deadline = Date.now() + limitMs;
  let last = 'no answer';
  while (Date.now() < deadline) {
    stopping.throwIfAborted();
    const answer = await fetch(url, { signal: AbortSignal.any([stopping, AbortSignal.timeout(2_000)]) }).catch(
      () => null,
    );
    if (answer?.ok) return void (await answer.text());
    if (answer) last = await answer.text();
    await pause(askAgainMs, undefined, { signal: stopping });
  }
  throw new StartRefused(`${name} is not ready after ${limitMs / 1000} s; ${url} said last: ${last}`);
}

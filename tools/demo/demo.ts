import { ApiClient } from './api-client.js';
import { type Pause, sleep } from './network.js';
import type { DemoOptions } from './options.js';
import { type Progress, steps } from './steps.js';

/** Takes all steps, printing one line for each, even after one has failed. @returns the exit code */
export async function runDemo(
  options: DemoOptions,
  write: (line: string) => void,
  pause: Pause = sleep,
): Promise<number> {
  const api = new ApiClient(options.address, pause);
  const progress: Progress = {};
  let failed = 0;
  for (const { name, run } of steps) {
    try {
      write(`PASS  ${name} (${await run(api, progress, options)})`);
    } catch (error) {
      failed += 1;
      write(`FAIL  ${name}: ${(error as Error).message}`);
    }
  }
  write(`${steps.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

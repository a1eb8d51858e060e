import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../soak-db/random.js';
import type { MeddlingProxy } from './meddling-proxy.js';
import type { Tally } from '../books/tally.js';

const apart = { fromMs: 20_000, toMs: 45_000 };
/** Longer than a short-lived hold, so that it expires while its answer goes on. */
const cut = { fromMs: 11_000, toMs: 16_000 };

/** Cuts chat off from accounting now and then, for longer than some holds live. */
export class Cutter {
  constructor(
    private readonly proxy: MeddlingProxy,
    private readonly random: Random,
    private readonly tally: Tally,
  ) {}

  async work(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await this.pass(apart, until);
      if (until.aborted) return;
      this.tally.cutOffs++;
      this.proxy.cutOff(true);
      await this.pass(cut, until);
      this.proxy.cutOff(false);
    }
  }

  private async pass({ fromMs, toMs }: typeof cut, until: AbortSignal): Promise<void> {
    await delay(fromMs + this.random.below(toMs - fromMs), undefined, { signal: until }).catch(() => undefined);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { LOGGER, type Logger, Metrics, PeriodicJobs, ServiceClient } from '@parley/platform';
import { Gauge } from 'prom-client';
import { TokenSigner } from '../keys/token-signer.js';
import { ERRAND_TARGETS, errandKinds, type ErrandTargets } from './errand-kinds.js';
import { ErrandStore } from './errand-store.js';
import type { Errand } from './errand.schema.js';

const sendEveryMs = 2_000;
const sendBatch = 100;
/** How long whoever makes a change waits for the others to hear of it. */
const hurryMs = 1_000;
/** Long enough for one call. */
const tokenLifeSeconds = 60;

/** Does the errands, each until it is done. Any number of processes may: a receiver recognises what it was told before. */
@Injectable()
export class ErrandRunner implements OnApplicationBootstrap {
  private readonly attempts;

  constructor(
    @Inject(ERRAND_TARGETS) private readonly targets: ErrandTargets,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly store: ErrandStore,
    private readonly signer: TokenSigner,
    private readonly jobs: PeriodicJobs,
    metrics: Metrics,
  ) {
    const help = 'Attempts to tell other services what has changed, by what was to be told and whether it was.';
    this.attempts = metrics.counter('auth_errands_attempted_total', help, ['kind', 'result']);
    new Gauge({
      name: 'auth_errands_oldest_seconds',
      help: 'For how long the oldest thing that another service was not told yet has been waiting.',
      registers: [metrics.registry],
      async collect() {
        this.set(await store.oldestSeconds().catch(() => Number.NaN));
      },
    });
  }

  onApplicationBootstrap(): void {
    this.jobs.everyAndNow(sendEveryMs, 'errands', (stop) => this.sendDue(sendBatch, stop));
  }

  /** @returns how many were attempted */
  async sendDue(limit = sendBatch, stop?: AbortSignal): Promise<number> {
    for (let attempted = 0; attempted < limit; attempted++) {
      const errand = stop?.aborted ? null : await this.store.take();
      if (!errand) return attempted;
      await this.attempt(errand);
    }
    return limit;
  }

  /** Tries some at once, and waits only a moment for that: the job does what is left. Never rejects. */
  async hurry(ids: readonly string[]): Promise<void> {
    const tries = Promise.all(ids.map((id) => this.attemptById(id)));
    await Promise.race([tries, delay(hurryMs, undefined, { ref: false })]);
  }

  private async attemptById(id: string): Promise<void> {
    try {
      const errand = await this.store.take(id);
      if (errand) await this.attempt(errand);
    } catch (error) {
      this.logger.warn({ errand: id, err: error }, 'an errand is left to the job');
    }
  }

  private async attempt(errand: Errand): Promise<void> {
    const { _id, kind, attempts } = errand;
    try {
      await this.tell(errand);
      this.attempts.inc({ kind, result: 'done' });
    } catch (error) {
      this.attempts.inc({ kind, result: 'failed' });
      this.logger.warn({ errand: _id, kind, attempts, err: error }, 'another service was not told yet');
      return this.store.failed(errand);
    }
    await this.store.done(errand);
  }

  private async tell({ kind, body }: Errand): Promise<void> {
    const { audience, path, scope } = errandKinds[kind];
    const { token } = this.signer.sign('service', tokenLifeSeconds, { aud: audience, sub: 'svc:auth', scope });
    const headers = { authorization: `Bearer ${token}` };
    const service = new ServiceClient(audience, this.targets[audience]);
    const { status } = await service.call(path, { method: 'POST', headers, body });
    if (status !== 200) throw service.unavailable(`${path} answered ${status}`);
  }
}

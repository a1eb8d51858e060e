import type { OnModuleInit } from '@nestjs/common';
import type { PeriodicJobs } from '@parley/platform';
import type { Revocations } from '../revocations/revocations.js';
import type { JwksKeys } from './jwks-keys.js';

/** Well within the time for which auth publishes a key before it uses it. */
const everyMs = 60_000;

/** Keeps the public keys at hand, so that no request waits for them, and drops a key as soon as it is revoked. */
export class JwksRefresh implements OnModuleInit {
  constructor(
    private readonly keys: JwksKeys,
    private readonly revocations: Revocations,
    private readonly jobs: PeriodicJobs,
  ) {}

  onModuleInit(): void {
    this.revocations.onChange((change) => {
      if (change.type !== 'key-revoked') return;
      this.keys.drop(change.kid);
      // What is signed from now on is signed with another key, which may be new.
      this.keys.prefetch().catch(() => undefined);
    });
    this.jobs.everyAndNow(everyMs, 'public keys', () => this.keys.prefetch());
  }
}

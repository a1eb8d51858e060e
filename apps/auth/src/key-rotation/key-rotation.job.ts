import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, DomainError, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { SIGNING_KEYS, type SigningKey } from '../keys/signing-key.schema.js';
import { SigningKeysService } from '../keys/signing-keys.service.js';
import { KeyRotationService, verifierCacheMs } from './key-rotation.service.js';

/** Other instances rotate too, and this one has to publish what they have made. */
const everyMs = 5_000;
const rotateAfterMs = 30 * 86_400_000;

/** Changes the keys every thirty days, and follows what other instances do. Rounds of several instances tolerate each other. */
@Injectable()
export class KeyRotationJob implements OnModuleInit {
  constructor(
    @InjectModel(SIGNING_KEYS) private readonly keys: Model<SigningKey>,
    private readonly signingKeys: SigningKeysService,
    private readonly rotation: KeyRotationService,
    private readonly jobs: PeriodicJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.every(everyMs, 'signing keys', () => this.round());
  }

  async round(): Promise<void> {
    const now = this.clock.now();
    await this.keys.deleteMany({ state: 'previous', retire_at: { $lte: new Date(now) } });
    await this.signingKeys.require('standby');
    const due = await this.due(now);
    if (due) {
      await this.rotation
        .rotate({ actor: null, reason: 'every 30 days', revoke: false }, due)
        .catch((error: unknown) => {
          // Another instance was quicker.
          if (!(error instanceof DomainError && error.kind === 'conflict')) throw error;
        });
    }
    await this.signingKeys.reload();
  }

  /**
   * A key signs only after it has been published for twice as long as anybody keeps a set of keys.
   * @returns the kid of the current key when another one is to take its place
   */
  private async due(now: number): Promise<string | undefined> {
    const [current, standby] = await Promise.all(
      (['current', 'standby'] as const).map((state) => this.keys.findOne({ state }).lean<SigningKey>()),
    );
    if (!current || !standby) return undefined;
    const inUseSince = (current.current_since ?? current.created_at).getTime();
    const isDue = now - inUseSince >= rotateAfterMs && now - standby.created_at.getTime() >= 2 * verifierCacheMs;
    return isDue ? current._id : undefined;
  }
}

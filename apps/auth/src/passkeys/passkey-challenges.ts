import { createHash, randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { type ChallengePurpose, PASSKEY_CHALLENGES, type PasskeyChallenge } from './passkey.schema.js';

const lifeMs = 5 * 60_000;
const sweepMs = 600_000;

/** Challenges of WebAuthn: each is answered once, for what it was given out for. */
@Injectable()
export class PasskeyChallenges implements OnModuleInit {
  constructor(
    @InjectModel(PASSKEY_CHALLENGES) private readonly challenges: Model<PasskeyChallenge>,
    private readonly jobs: PeriodicJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.every(sweepMs, 'passkey-challenges', () =>
      this.challenges.deleteMany({ expires_at: { $lte: this.clock.date() } }),
    );
  }

  /** @returns 32 random bytes */
  async give(purpose: ChallengePurpose, userId: string | null): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(randomBytes(32));
    const _id = digest(Buffer.from(bytes).toString('base64url'));
    const expires_at = new Date(this.clock.now() + lifeMs);
    await this.challenges.create([{ _id, purpose, user_id: userId, expires_at }]);
    return bytes;
  }

  /** @param challenge in base64url, as the browser sends it back @returns whether it was given out for this, and not answered yet */
  async consume(purpose: ChallengePurpose, userId: string | null, challenge: string): Promise<boolean> {
    const open = { _id: digest(challenge), purpose, user_id: userId, expires_at: { $gt: this.clock.date() } };
    return (await this.challenges.findOneAndDelete(open)) !== null;
  }
}

const digest = (challenge: string): string => createHash('sha256').update(challenge).digest('base64url');

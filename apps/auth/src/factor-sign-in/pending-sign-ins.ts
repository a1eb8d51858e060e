import { createHash, randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import type { Device } from '../devices/device.js';
import type { SignInFacts } from '../login-sessions/sign-in.js';
import type { User } from '../users/user.schema.js';
import { FactorSignInErrors } from './factor-sign-in.errors.js';
import { PENDING_SIGN_INS, type PendingSignIn } from './pending-sign-in.schema.js';

export const pendingForSeconds = 300;
const sweepMs = 600_000;

/** Sign-ins that wait for a second factor. The token that continues one is no credential for anything else, and ends with it. */
@Injectable()
export class PendingSignIns implements OnModuleInit {
  constructor(
    @InjectModel(PENDING_SIGN_INS) private readonly pending: Model<PendingSignIn>,
    private readonly jobs: PeriodicJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.every(sweepMs, 'pending-sign-ins', () =>
      this.pending.deleteMany({ expires_at: { $lte: this.clock.date() } }),
    );
  }

  /** @param user as read before the first factor was checked @returns the token, of which a digest is stored */
  async begin(purpose: PendingSignIn['purpose'], user: User, device: Device, facts: SignInFacts): Promise<string> {
    const token = `mfa_${randomBytes(32).toString('base64url')}`;
    await this.pending.create([
      {
        _id: sha256(token),
        purpose,
        user_id: user._id,
        session_epoch: user.session_epoch ?? null,
        amr: facts.amr,
        org_id: facts.orgId,
        client: facts.client,
        device: sha256(device.userAgent ?? ''),
        device_cookie: device.cookie === null ? null : sha256(device.cookie),
        expires_at: new Date(this.clock.now() + pendingForSeconds * 1_000),
      },
    ]);
    return token;
  }

  /** Looks one up and leaves it: a wrong code may be followed by a right one. @throws DomainError `mfa_token_invalid` */
  async find(purpose: PendingSignIn['purpose'], token: string, device: Device): Promise<PendingSignIn> {
    const found = await this.pending.findOne(this.open(purpose, token, device)).lean<PendingSignIn>();
    if (!found) throw FactorSignInErrors.tokenInvalid();
    return found;
  }

  /** Ends one that is complete; of several requests one succeeds. @throws DomainError `mfa_token_invalid` */
  async consume({ _id }: PendingSignIn): Promise<void> {
    if (!(await this.pending.findOneAndDelete({ _id }))) throw FactorSignInErrors.tokenInvalid();
  }

  private open(purpose: PendingSignIn['purpose'], token: string, device: Device) {
    // What stays the same from one request to the next. Addresses do not, where people are on the move.
    const cookies = [null, ...(device.cookie === null ? [] : [sha256(device.cookie)])];
    const from = { device: sha256(device.userAgent ?? ''), device_cookie: { $in: cookies } };
    return { _id: sha256(token), purpose, ...from, expires_at: { $gt: this.clock.date() } };
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

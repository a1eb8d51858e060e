import { Injectable } from '@nestjs/common';
import type { Device } from '../devices/device.js';
import { SignIn, type SignInFacts } from '../login-sessions/sign-in.js';
import { SecondFactors } from '../second-factors/second-factors.js';
import type { User } from '../users/user.schema.js';
import type { SignInStep } from './factor-sign-in.dto.js';
import { PendingSignIns, pendingForSeconds } from './pending-sign-ins.js';

/** What a route that takes the first factor sends. */
export interface StepAnswer<Step = SignInStep> {
  answer: Step;
  cookies: readonly string[];
}

/** Stands between a first factor that was right and the session. */
@Injectable()
export class FactorGate {
  constructor(
    private readonly signIn: SignIn,
    private readonly secondFactors: SecondFactors,
    private readonly pending: PendingSignIns,
  ) {}

  /**
   * @param user as read before the factor was checked
   * @returns the session, or what is due before there is one
   * @throws DomainError what `SignIn.complete` throws
   */
  async pass(user: User, device: Device, facts: SignInFacts): Promise<StepAnswer> {
    this.signIn.refuseUnlessActive(user);
    // A passkey that has verified its user is both factors at once.
    if (facts.amr.includes('mfa')) return this.signIn.complete(user, device, facts);
    const methods = await this.secondFactors.methodsDue(user);
    if (methods.length > 0) {
      const mfa_token = await this.pending.begin('verification', user, device, facts);
      return { answer: { mfa_required: true, mfa_token, methods, expires_in: pendingForSeconds }, cookies: [] };
    }
    if (!this.secondFactors.isRequiredOf(user)) return this.signIn.complete(user, device, facts);
    const mfa_token = await this.pending.begin('set_up', user, device, facts);
    return {
      answer: { mfa_setup_required: true, mfa_token, methods: ['totp'], expires_in: pendingForSeconds },
      cookies: [],
    };
  }
}

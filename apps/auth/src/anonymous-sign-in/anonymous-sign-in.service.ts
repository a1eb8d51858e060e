import { Inject, Injectable } from '@nestjs/common';
import { visitorRole } from '@parley/contracts';
import { hostCookie, visitorCookieName } from '../devices/cookies.js';
import type { Device } from '../devices/device.js';
import { TokenSigner } from '../keys/token-signer.js';
import { ACCESS_TOKEN_LIFE_SECONDS } from '../login-sessions/access-tokens.service.js';
import { VisitorAllowances } from '../visitors/visitor-allowances.js';
import { VisitorLimits } from '../visitors/visitor-limits.js';
import type { Visitor } from '../visitors/visitor.schema.js';
import { VisitorErrors } from '../visitors/visitors.errors.js';
import { VisitorsService } from '../visitors/visitors.service.js';
import { idleDays } from '../visitors/visitors.settings.js';
import type { AnonymousAnswer } from './anonymous-sign-in.dto.js';

const audience = ['auth', 'accounting', 'chat'];

/** Lets somebody in without an account. */
@Injectable()
export class AnonymousSignIn {
  constructor(
    @Inject(ACCESS_TOKEN_LIFE_SECONDS) private readonly lifeSeconds: number,
    private readonly visitors: VisitorsService,
    private readonly limits: VisitorLimits,
    private readonly allowances: VisitorAllowances,
    private readonly signer: TokenSigner,
  ) {}

  /**
   * The visitor whom the device's cookie names, or a new one.
   * @throws DomainError `anonymous_off`, `too_many_visitors`
   */
  async enter(device: Device): Promise<{ answer: AnonymousAnswer; cookie: string }> {
    if (!this.visitors.isOn) throw VisitorErrors.off();
    await this.limits.countCall(device.ipAddress);
    const visitor = (await this.visitors.comeBack(device.visitorCookie ?? null)) ?? (await this.newVisitor(device));
    return { answer: this.answer(visitor), cookie: this.cookie(visitor) };
  }

  private async newVisitor({ ipAddress }: Device): Promise<Visitor> {
    await this.limits.countNew(ipAddress);
    return this.visitors.add(await this.allowances.decide(ipAddress));
  }

  /** There is no login session to end: the token is void when the visitor is no more. */
  private answer({ _id, created_at }: Visitor): AnonymousAnswer {
    const { token, lifeSeconds } = this.signer.sign('user', this.lifeSeconds, {
      ...{ aud: audience, sub: _id, sid: _id, org_id: null, rid: visitorRole, mv: 0, rc: 0, amr: [], ev: false },
      auth_time: Math.floor(created_at.getTime() / 1_000),
    });
    return { access_token: token, token_type: 'Bearer', expires_in: lifeSeconds, visitor_id: _id };
  }

  /** `Lax`: the way back from an identity provider begins on its page, and the visitor is to be found there too. */
  private cookie(visitor: Visitor): string {
    return hostCookie(visitorCookieName, this.visitors.cookieOf(visitor), idleDays * 86_400, 'Lax');
  }
}

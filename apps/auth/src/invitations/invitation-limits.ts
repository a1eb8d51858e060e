import { Injectable } from '@nestjs/common';
import { AddressMailLimit } from '../throttling/address-mail-limit.js';
import type { Counter } from '../throttling/counter.js';
import { Counters } from '../throttling/counters.js';
import { InvitationErrors } from './invitations.errors.js';

export const invitationsADay = 200;
const day = { seconds: 86_400 };
const hourMs = 3_600_000;

/** How many mails the invitations of one organisation may send: invitations are mails to strangers, in the operator's name. */
@Injectable()
export class InvitationLimits {
  private readonly sent: Counter;

  constructor(
    counters: Counters,
    private readonly addresses: AddressMailLimit,
  ) {
    this.sent = counters.of('organization_invitations', day.seconds);
  }

  /**
   * For one mail. It counts outside of transactions, so one that runs again asks once.
   * @throws DomainError `invitation_limit_reached` (429), for the organisation's day or for the address, whoever writes to it
   */
  async admit(orgId: string, email: string): Promise<void> {
    const { count, msLeft } = await this.sent.add(orgId);
    if (count > invitationsADay) throw InvitationErrors.limitReached(msLeft);
    if (!(await this.addresses.admit('invitation', email))) throw InvitationErrors.limitReached(hourMs);
  }
}

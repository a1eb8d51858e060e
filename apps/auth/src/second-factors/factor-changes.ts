import { Injectable } from '@nestjs/common';
import type { ClientSession } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { AuditTally } from '../audit/audit-tally.js';
import { LoginSessionsService } from '../login-sessions/login-sessions.service.js';
import { MailOutbox } from '../mail/mail-outbox.js';
import { mailTo, type User } from '../users/user.schema.js';

/** What can change, as the audit log names it, with the words for the mail. */
const changes = {
  totp_enabled: 'an authenticator app was set up',
  totp_replaced: 'another authenticator app was set up',
  totp_disabled: 'the authenticator app was removed',
  passkey_added: 'a passkey was added',
  passkey_removed: 'a passkey was removed',
  recovery_codes_renewed: 'new recovery codes were made',
  identity_linked: 'an identity provider was linked',
  identity_unlinked: 'an identity provider was unlinked',
} as const;
export type FactorChange = keyof typeof changes;

/** Who made it, and where; the session in which it was made goes on. */
export interface ChangedBy {
  user: User;
  ipAddress: string;
  sid?: string;
}

/** What goes with every change of how somebody signs in: a mail, an audit entry, and the end of other sessions. */
@Injectable()
export class FactorChanges {
  constructor(
    private readonly audit: AuditLog,
    private readonly tally: AuditTally,
    private readonly outbox: MailOutbox,
    private readonly loginSessions: LoginSessionsService,
  ) {}

  /** @param session the transaction of the change */
  async tell(change: FactorChange, { user, ipAddress, sid }: ChangedBy, session: ClientSession): Promise<void> {
    const who = { actor: user._id, subject: user._id, ip_address: ipAddress };
    await this.audit.record({ type: `sign_in.${change}`, ...who, facts: { sid: sid ?? null } }, session);
    await this.outbox.queue({ ...mailTo(user), template: 'factor_changed', facts: { what: changes[change] } }, session);
  }

  /** Sessions from before a change of factors have not shown the new one, or were begun by whoever made it necessary. */
  async endOthers({ user, ipAddress, sid }: ChangedBy, session: ClientSession): Promise<void> {
    const except = sid === undefined ? {} : { except: sid };
    await this.loginSessions.endAllOf(user._id, 'factor_changed', session, { ipAddress, ...except });
  }

  /** A code that is used up is told too: few people use one, and a thief does. */
  async recordUse(user: User, method: string, ipAddress: string): Promise<void> {
    const who = { actor: user._id, subject: user._id, ip_address: ipAddress };
    await this.audit.record({ type: 'second_factor.used', ...who, facts: { method } });
  }

  recordRefusal(userId: string, code: string, ipAddress: string): void {
    this.tally.note({
      type: 'second_factor.refused',
      actor: null,
      subject: userId,
      ip_address: ipAddress,
      facts: { code },
    });
  }
}

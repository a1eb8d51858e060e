import { Injectable } from '@nestjs/common';
import type { ClientSession } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { clearedCookie, visitorCookieName } from '../devices/cookies.js';
import type { Device } from '../devices/device.js';
import { ErrandRunner } from '../errands/errand-runner.js';
import { Errands } from '../errands/errands.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { VisitorsService } from './visitors.service.js';

/** A visitor who signs in: their conversations become the user's, once, and the visitor is no more. */
@Injectable()
export class VisitorMerges {
  constructor(
    private readonly visitors: VisitorsService,
    private readonly events: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly errands: Errands,
    private readonly runner: ErrandRunner,
  ) {}

  /**
   * @param session the transaction of the sign-in
   * @returns what is to be told to chat, for `tell` after the commit; nothing where there was no visitor, or is none any more
   */
  async merge(
    { visitorCookie = null, ipAddress }: Device,
    userId: string,
    session: ClientSession,
  ): Promise<readonly string[]> {
    const visitorId = this.visitors.idOf(visitorCookie);
    if (visitorId === undefined || !(await this.visitors.become(visitorId, userId, session))) return [];
    await this.events.append([{ type: 'account-disabled', sub: visitorId }], session);
    const facts = { visitor_id: visitorId };
    await this.audit.record(
      { type: 'visitor.merged', actor: userId, subject: userId, ip_address: ipAddress, facts },
      session,
    );
    return this.errands.queue([{ kind: 'chat_merge', body: { visitor_id: visitorId, user_id: userId } }], session);
  }

  /** Never rejects: what cannot be told now is told later. */
  tell(errands: readonly string[]): Promise<void> {
    return this.runner.hurry(errands);
  }

  /** For `Set-Cookie`: a browser that has signed in is no visitor, whoever its cookie named. */
  cookiesAfter({ visitorCookie = null }: Device): readonly string[] {
    return visitorCookie === null ? [] : [clearedCookie(visitorCookieName)];
  }
}

import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { type Organization, ORGANIZATIONS } from '../organizations/organization.schema.js';
import { NetworkLimit } from '../throttling/network-limit.js';
import { type User, USERS } from '../users/user.schema.js';
import type { InvitationAnswer, Joined, ShownInvitation } from './invitation-answers.dto.js';
import { InvitationMails } from '../invitations/invitation-mails.js';
import { InvitationErrors } from '../invitations/invitations.errors.js';
import { InvitedMemberships } from './invited-memberships.js';
import { PresentedInvitations } from './presented-invitations.js';
import { isUnclaimed } from './unclaimed-account.js';

/** What whoever holds the token of an invitation may do with it. Holding it shows that the mailbox is theirs. */
@Injectable()
export class InvitationAnswers {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(ORGANIZATIONS) private readonly organizations: Model<Organization>,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly presented: PresentedInvitations,
    private readonly memberships: InvitedMemberships,
    private readonly limit: NetworkLimit,
    private readonly mails: InvitationMails,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError what `PresentedInvitations.find` throws; `invitation_invalid`, `too_many_attempts` */
  show(token: string, ipAddress: string): Promise<ShownInvitation> {
    return this.limit.guardToken(ipAddress, async () => {
      const { org_id, email, expires_at } = await this.presented.find(token);
      const organization = await this.organizations.findOne({ _id: org_id, status: 'active' }).lean<Organization>();
      if (!organization) throw InvitationErrors.invalid();
      const user = await this.users.findOne({ email }).lean<User>();
      const has_account = user !== null && !isUnclaimed(user);
      return { email, organization: { name: organization.name }, has_account, expires_at: expires_at.toISOString() };
    });
  }

  /**
   * By somebody who has an account: the one of the address that was invited, which must be verified.
   * @throws DomainError what `PresentedInvitations.find` and `InvitedMemberships.join` throw; `email_mismatch`, `email_unverified` (403),
   *   `too_many_attempts`
   */
  accept(userId: string, { token, org_id: orgId }: InvitationAnswer, ipAddress: string): Promise<Joined> {
    return this.limit.guardToken(ipAddress, () =>
      inTransaction(this.connection, async (session) => {
        const invitation = await this.presented.answer(token, { state: 'accepted', orgId }, session);
        const user = await this.users.findOne({ _id: userId }).session(session).lean<User>();
        if (user?.email !== invitation.email) throw InvitationErrors.notYours();
        if (!user.email_verified) throw InvitationErrors.addressUnverified();
        await this.presented.noteWho(invitation, userId, session);
        await this.memberships.join(invitation, userId, ipAddress, session);
        return { org_id: invitation.org_id, role_id: invitation.role_id };
      }),
    );
  }

  /** By whoever holds the token, with or without an account. @throws DomainError what `PresentedInvitations.find` throws, `too_many_attempts` */
  async decline({ token, org_id: orgId }: InvitationAnswer, ip_address: string): Promise<void> {
    await this.limit.guardToken(ip_address, () =>
      inTransaction(this.connection, async (session) => {
        const invitation = await this.presented.answer(token, { state: 'declined', orgId }, session);
        const { _id, org_id } = invitation;
        const organization = await this.organizations.findOne({ _id: org_id }).session(session).lean<Organization>();
        const facts = { invitation: _id };
        await this.audit.record({ type: 'invitation.declined', actor: null, org_id, ip_address, facts }, session);
        const words = { organization: organization?.name ?? '', what: 'declined' as const };
        await this.mails.tellInviter(invitation, words, session);
      }),
    );
  }
}

import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { covers } from '@parley/auth';
import { Clock, DomainError, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { type Membership, MEMBERSHIPS } from '../memberships/membership.schema.js';
import { type Standing, Standings } from '../memberships/standings.js';
import { type Organization, ORGANIZATIONS } from '../organizations/organization.schema.js';
import { mayGive } from '../roles/hierarchy.js';
import { type Role, ROLES } from '../roles/role.schema.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { type User, USERS } from '../users/user.schema.js';
import { InvitationMails } from '../invitations/invitation-mails.js';
import { rankOf } from '../invitations/invitation-rank.js';
import type { Invitation } from '../invitations/invitation.schema.js';
import { InvitationErrors } from '../invitations/invitations.errors.js';

/** Makes a member of somebody who accepts, if whoever invited them may still give the role as it is now. */
@Injectable()
export class InvitedMemberships {
  constructor(
    @InjectModel(ORGANIZATIONS) private readonly organizations: Model<Organization>,
    @InjectModel(ROLES) private readonly roles: Model<Role>,
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly standings: Standings,
    private readonly events: SecurityEvents,
    private readonly mails: InvitationMails,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Part of the transaction that uses the invitation up. It raises the organisation's `rights_version`, so that of this and a change
   * of the inviter or the role the later one sees the other.
   * @throws DomainError `invitation_invalid` (410), `already_member` (409)
   */
  async join(invitation: Invitation, userId: string, ip_address: string, session: ClientSession): Promise<void> {
    const { _id, org_id, invited_by } = invitation;
    const team = { _id: org_id, kind: 'team' as const, status: 'active' as const };
    const raise = { $inc: { rights_version: 1 } };
    const organization = await this.organizations.findOneAndUpdate(team, raise, { session }).lean<Organization>();
    if (!organization) throw InvitationErrors.invalid();
    const role = await this.roleStillGiven(invitation, session);
    const mv = await this.write(invitation, userId, session);
    await this.events.append([{ type: 'token-claims-change', sub: userId, org_id, mv }], session);
    const facts = { invitation: _id, role: role.name, invited_by };
    await this.audit.record(
      { type: 'invitation.accepted', actor: userId, subject: userId, org_id, ip_address, facts },
      session,
    );
    await this.mails.tellInviter(invitation, { organization: organization.name, what: 'accepted' }, session);
  }

  /** @throws DomainError `invitation_invalid` */
  private async roleStillGiven({ org_id, invited_by, role_id }: Invitation, session: ClientSession): Promise<Role> {
    const account = await this.users.exists({ _id: invited_by, status: 'active' }).session(session);
    const inviter = await this.standings.active(org_id, invited_by, session);
    const role = await this.roles.findOne({ _id: role_id, org_id }).session(session).lean<Role>();
    if (!account || !inviter || !role || !mayInvite(inviter, role)) throw InvitationErrors.invalid();
    return role;
  }

  /** @returns the membership's version. Somebody who was a member before goes on from the version that they had. */
  private async write({ org_id, role_id, invited_by }: Invitation, user_id: string, session: ClientSession) {
    const known = await this.memberships.findOne({ org_id, user_id }).session(session).lean<Membership>();
    if (known?.status === 'active' || known?.status === 'suspended') throw InvitationErrors.alreadyMember();
    const now = this.clock.date();
    const terms = { role_id, status: 'active' as const, added_by: invited_by, updated_at: now };
    if (known) {
      await this.memberships.updateOne({ _id: known._id, mv: known.mv }, { $set: terms, $inc: { mv: 1 } }, { session });
      return known.mv + 1;
    }
    const membership = { _id: newId('mem'), org_id, user_id, ...terms, mv: 1, created_at: now };
    await this.memberships.create([membership], { session });
    return 1;
  }
}

/** Who they are was shown when the invitation was sent. */
function mayInvite({ membership, role: own, permissions }: Standing, role: Role): boolean {
  if (!permissions.some((pattern) => covers(pattern, 'invitations:write'))) return false;
  try {
    mayGive({ ...rankOf(own), userId: membership.user_id, isRecent: true }, rankOf(role));
    return true;
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}

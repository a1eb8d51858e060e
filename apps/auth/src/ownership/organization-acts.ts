import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors, covers, type UserPrincipal } from '@parley/auth';
import type { SecurityChange } from '@parley/contracts';
import { Clock, inTransaction } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { type Standing, Standings } from '../memberships/standings.js';
import { type Organization, ORGANIZATIONS } from '../organizations/organization.schema.js';
import { type ActingMember, recentSeconds } from '../roles/hierarchy.js';
import { SecurityEvents } from '../security-events/security-events.service.js';

/** Who acts in which organisation, and from where. */
export interface Actor {
  principal: UserPrincipal;
  ipAddress: string;
  orgId: string;
}

/** An act under way: everything in it happens in one transaction, and in this organisation alone. */
export interface Act {
  organization: Organization;
  actor: ActingMember;
  session: ClientSession;
  tell: (change: SecurityChange) => Promise<void>;
  record: (
    type: string,
    subject: string | null,
    facts?: Record<string, string | number | boolean | null>,
  ) => Promise<void>;
}

/**
 * Every change of who may do what in an organisation. The acts of one organisation come one after the other: each raises its
 * `rights_version`, so of two at once the later one runs again and sees what the earlier one did, also to its own actor.
 */
@Injectable()
export class OrganizationActs {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(ORGANIZATIONS) private readonly organizations: Model<Organization>,
    private readonly standings: Standings,
    private readonly events: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @param permission what the actor's role must allow; undefined for what every member may do to themselves
   * @throws DomainError `organization_not_found`, `membership_inactive`, `organization_suspended`, `permission_denied`, and what `work` throws
   */
  run<Result>(who: Actor, permission: string | undefined, work: (act: Act) => Promise<Result>): Promise<Result> {
    return inTransaction(this.connection, async (session) => {
      await this.organizations.updateOne({ _id: who.orgId }, { $inc: { rights_version: 1 } }, { session });
      const standing = await this.standings.find(who.orgId, who.principal.userId, session);
      if (!standing) throw AuthErrors.organizationNotFound();
      if (standing.membership.status !== 'active') throw AuthErrors.membershipInactive(standing.membership.status);
      if (!standing.isActive) throw AuthErrors.organizationSuspended();
      const may = permission === undefined || standing.permissions.some((pattern) => covers(pattern, permission));
      if (!may) throw AuthErrors.permissionDenied(permission);
      return work(this.actOf(who, standing, session));
    });
  }

  private actOf({ principal, ipAddress, orgId }: Actor, standing: Standing, session: ClientSession): Act {
    const { organization, role, permissions } = standing;
    const { userId, authTime } = principal;
    const isRecent = this.clock.now() - authTime <= (recentSeconds + 1) * 1_000;
    const actor = { userId, level: role.hierarchy_level, permissions, models: role.models, isRecent };
    return {
      organization,
      actor,
      session,
      tell: (change) => this.events.append([change], session),
      record: (type, subject, facts = {}) =>
        this.audit.record({ type, actor: userId, subject, org_id: orgId, ip_address: ipAddress, facts }, session),
    };
  }
}

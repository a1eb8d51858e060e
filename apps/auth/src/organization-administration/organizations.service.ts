import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors } from '@parley/auth';
import { Clock, inTransaction, isDuplicateKey } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { type Membership, MEMBERSHIPS } from '../memberships/membership.schema.js';
import { OrganizationFounding } from '../memberships/organization-founding.js';
import { Standings } from '../memberships/standings.js';
import { type Organization, ORGANIZATIONS, teamKey } from '../organizations/organization.schema.js';
import { OrganizationErrors } from '../organizations/organizations.errors.js';
import { type Actor, OrganizationActs } from '../ownership/organization-acts.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { type OrganizationDto, toOrganizationDto } from './organizations.dto.js';
import { Pools } from './pools.js';

/** Otherwise one account could fill the database. */
const maxFounded = 50;
type ByUser = Omit<Actor, 'orgId'>;

/** Teams: founding, renaming, suspending and deleting them. */
@Injectable()
export class OrganizationsService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(ORGANIZATIONS) private readonly organizations: Model<Organization>,
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
    private readonly founding: OrganizationFounding,
    private readonly standings: Standings,
    private readonly acts: OrganizationActs,
    private readonly pools: Pools,
    private readonly events: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `organization_name_taken`, `too_many_organizations` */
  async found({ principal: { userId }, ipAddress }: ByUser, name: string): Promise<OrganizationDto> {
    if ((await this.organizations.countDocuments({ created_by: userId, status: { $ne: 'deleted' } })) > maxFounded)
      throw OrganizationErrors.tooMany();
    const wanted = { name, name_key: teamKey(userId, name), kind: 'team' as const, founderId: userId };
    const { _id } = await inTransaction(this.connection, async (session) => {
      const founded = await this.founding.found(wanted, session);
      const who = { actor: userId, subject: userId, org_id: founded._id, ip_address: ipAddress };
      await this.audit.record({ type: 'organization.created', ...who }, session);
      return founded;
    }).catch(refuseTaken);
    return this.get(_id, userId);
  }

  /** Of which somebody is an active member, also suspended ones. */
  async list(userId: string): Promise<OrganizationDto[]> {
    const mine = await this.memberships
      .find({ user_id: userId, status: 'active' })
      .sort({ org_id: 1 })
      .lean<Membership[]>();
    const found = await Promise.all(mine.map(({ org_id }) => this.standings.find(org_id, userId)));
    return found.flatMap((each) => (each ? [toOrganizationDto(each.organization, each.role)] : []));
  }

  /** @throws DomainError `organization_not_found` */
  async get(orgId: string, userId: string): Promise<OrganizationDto> {
    const standing = await this.standings.find(orgId, userId);
    if (!standing) throw AuthErrors.organizationNotFound();
    return toOrganizationDto(standing.organization, standing.role);
  }

  /** @throws DomainError `organization_name_taken`, `personal_organization`, and what `OrganizationActs.run` throws */
  async rename(actor: Actor, name: string): Promise<OrganizationDto> {
    await this.acts
      .run(actor, 'organizations:write', async ({ organization, session, record }) => {
        if (organization.kind === 'personal') throw OrganizationErrors.personal();
        const set = { name, name_key: teamKey(organization.created_by, name), updated_at: this.clock.date() };
        await this.organizations.updateOne({ _id: organization._id }, { $set: set }, { session });
        await record('organization.renamed', null);
      })
      .catch(refuseTaken);
    return this.get(actor.orgId, actor.principal.userId);
  }

  /**
   * First its pool is closed, which must be empty; what is stopped in between is done by asking again.
   * @throws DomainError `organization_has_credits`, `personal_organization`, `accounting_unavailable`, and what `OrganizationActs.run` throws
   */
  async remove(actor: Actor): Promise<void> {
    const permission = 'organizations:delete';
    await this.acts.run(actor, permission, ({ organization }) => {
      if (organization.kind === 'personal') throw OrganizationErrors.personal();
      return Promise.resolve();
    });
    await this.pools.close(actor.orgId);
    await this.acts.run(actor, permission, async ({ organization: { _id }, session, tell, record }) => {
      const now = this.clock.date();
      const gone = { status: 'deleted' as const, name_key: `deleted:${_id}`, deleted_at: now, updated_at: now };
      await this.organizations.updateOne({ _id }, { $set: gone }, { session });
      await tell({ type: 'org-changed', org_id: _id });
      await record('organization.deleted', null);
    });
  }

  /** By the platform, whatever its members say. @throws DomainError `organization_not_found` */
  async setStatus(
    { principal, ipAddress }: ByUser,
    orgId: string,
    status: 'active' | 'suspended',
  ): Promise<OrganizationDto> {
    return inTransaction(this.connection, async (session) => {
      const there = { _id: orgId, status: { $ne: 'deleted' as const } };
      const change = { $set: { status, updated_at: this.clock.date() }, $inc: { rights_version: 1 } };
      const before = await this.organizations.findOneAndUpdate(there, change, { session }).lean<Organization>();
      if (!before) throw AuthErrors.organizationNotFound();
      if (before.status !== status) {
        await this.events.append([{ type: 'org-changed', org_id: orgId }], session);
        const type = status === 'active' ? 'organization.reactivated' : 'organization.suspended';
        await this.audit.record({ type, actor: principal.userId, org_id: orgId, ip_address: ipAddress }, session);
      }
      return toOrganizationDto({ ...before, ...change.$set });
    });
  }
}

const refuseTaken = (error: unknown): never => {
  throw isDuplicateKey(error) ? OrganizationErrors.nameTaken() : error;
};

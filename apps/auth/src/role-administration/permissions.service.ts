import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { permissionCatalogue } from '@parley/contracts';
import { Clock, DomainError, newId } from '@parley/platform';
import type { Model } from 'mongoose';
import { type Actor, OrganizationActs } from '../ownership/organization-acts.js';
import { PERMISSION_ENTRIES, type PermissionEntry } from './permission-entry.schema.js';
import type { NewPermission, PermissionEntryDto } from './roles.dto.js';

const maxEntries = 200;

const PermissionErrors = {
  exists: () => new DomainError('conflict', 'permission_exists', 'There is such a permission.'),
  notFound: () => new DomainError('notFound', 'permission_not_found', 'There is no such permission.'),
  tooMany: () => new DomainError('conflict', 'too_many_permissions', 'The organization has as many as it may have.'),
};

/** The catalogue, as one organisation sees it: what the product asks for, and what it has added itself. */
@Injectable()
export class PermissionsService {
  constructor(
    @InjectModel(PERMISSION_ENTRIES) private readonly entries: Model<PermissionEntry>,
    private readonly acts: OrganizationActs,
    private readonly clock: Clock,
  ) {}

  async list(orgId: string): Promise<PermissionEntryDto[]> {
    const own = await this.entries.find({ org_id: orgId }).sort({ resource: 1, action: 1 }).lean<PermissionEntry[]>();
    const ours = permissionCatalogue.map(({ permission, scope, description }) => {
      const [resource, action] = permission.split(':') as [string, string];
      return { id: null, permission, resource, action, description, scope };
    });
    return [...ours, ...own.map(toEntryDto)];
  }

  /** @throws DomainError `permission_exists`, `too_many_permissions`, and what `OrganizationActs.run` throws */
  add(actor: Actor, { resource, action, description }: NewPermission): Promise<PermissionEntryDto> {
    return this.acts.run(actor, 'roles:write', async ({ organization, session, record }) => {
      const permission = `${resource}:${action}`;
      if (permissionCatalogue.some((known) => known.permission === permission)) throw PermissionErrors.exists();
      const org_id = organization._id;
      if (await this.entries.exists({ org_id, resource, action }).session(session)) throw PermissionErrors.exists();
      if ((await this.entries.countDocuments({ org_id }).session(session)) >= maxEntries)
        throw PermissionErrors.tooMany();
      const entry = { _id: newId('perm'), org_id, resource, action, description, created_at: this.clock.date() };
      await this.entries.create([entry], { session });
      await record('permission.created', null, { permission });
      return toEntryDto(entry);
    });
  }

  /** @throws DomainError `permission_not_found`, also for one of the product's or of another organisation */
  async remove(actor: Actor, id: string): Promise<void> {
    await this.acts.run(actor, 'roles:write', async ({ organization, session, record }) => {
      const gone = await this.entries
        .findOneAndDelete({ _id: id, org_id: organization._id }, { session })
        .lean<PermissionEntry>();
      if (!gone) throw PermissionErrors.notFound();
      await record('permission.deleted', null, { permission: `${gone.resource}:${gone.action}` });
    });
  }
}

const toEntryDto = ({ _id: id, resource, action, description }: PermissionEntry): PermissionEntryDto => ({
  ...{ id, permission: `${resource}:${action}`, resource, action, description },
  scope: 'organization',
});

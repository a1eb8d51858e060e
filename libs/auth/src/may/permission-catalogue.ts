import { type CataloguePermission, permissionCatalogue, type PermissionScope } from '@parley/contracts';

/** The permissions that a service's routes ask for, and where each permission counts, whichever service's it is. */
export class PermissionCatalogue {
  private readonly scopes: ReadonlyMap<string, PermissionScope>;

  private readonly own: ReadonlySet<string>;

  /** @param entries the service's own */
  constructor(entries: readonly CataloguePermission[]) {
    const all = [...permissionCatalogue, ...entries];
    this.scopes = new Map(all.map(({ permission, scope }) => [permission, scope]));
    this.own = new Set(entries.map(({ permission }) => permission));
  }

  /** Whether a route of this service may ask for it. */
  has(permission: string): boolean {
    return this.own.has(permission);
  }

  /** Whether a route that asks for it acts in the organisation of the request. */
  isOfOrganizations(permission: string): boolean {
    return this.scopes.get(permission) === 'organization';
  }

  /**
   * Whether a permission counts in tokens for an organisation, or in those without one. What nobody has declared is the platform's:
   * a right from inside an organisation must not reach beyond it.
   */
  counts(permission: string, orgId: string | null): boolean {
    const scope = this.scopes.get(permission) ?? 'platform';
    return scope === 'both' || (scope === 'organization') === (orgId !== null);
  }
}

import { DomainError } from '@parley/platform';

const forbidden = (code: string, detail: string, facts: Record<string, unknown> = {}) =>
  new DomainError('forbidden', code, detail, { facts });

export const RoleErrors = {
  notFound: () => new DomainError('notFound', 'role_not_found', 'Role not found'),
  nameTaken: () => new DomainError('conflict', 'role_name_taken', 'Role name already exists'),
  levelTaken: () =>
    new DomainError('conflict', 'hierarchy_level_taken', 'Another role of the organization has this hierarchy level.'),
  levelReserved: () =>
    new DomainError('invalid', 'hierarchy_level_invalid', 'Hierarchy level must be less than 90, and at least 1.'),
  systemRoleUpdate: () => new DomainError('invalid', 'system_role', 'Cannot update system role'),
  systemRoleDelete: () => new DomainError('invalid', 'system_role', 'Cannot delete system role'),
  inUse: () => new DomainError('invalid', 'role_in_use', 'Cannot delete role that is assigned to members'),
  tooMany: () => new DomainError('conflict', 'too_many_roles', 'The organization has as many roles as it may have.'),
  outranked: () => forbidden('hierarchy', 'You cannot assign a role with equal or higher privileges than your own'),
  memberOutranks: () => forbidden('hierarchy', 'You cannot change a member whose role is equal to your own or higher.'),
  ownRole: () => forbidden('own_role', 'Nobody changes their own role or level.'),
  permissionsMissing: (missing: readonly string[]) =>
    forbidden('permissions_missing', 'You cannot give permissions that you do not have.', { missing }),
  modelsMissing: (missing: readonly string[]) =>
    forbidden('models_missing', 'You cannot give models that your own role may not use.', { missing }),
};

import type { Rank } from '../roles/hierarchy.js';
import { permissionsOfRole, type Role } from '../roles/role.schema.js';

/** What an invitation offers. */
export const rankOf = (role: Role): Rank => ({
  level: role.hierarchy_level,
  permissions: permissionsOfRole(role),
  models: role.models,
});

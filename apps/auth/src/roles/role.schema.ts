import { Schema } from 'mongoose';
import { type SystemRoleKey, systemRoleKeys, systemRoles } from './system-roles.js';

/** What members of one organisation may do who have it. */
export interface Role {
  _id: string;
  org_id: string;
  name: string;
  /** The name in lower case, in which no two of an organisation are the same. */
  name_key: string;
  description: string;
  /** 1 to 100: higher is more. No two of an organisation are the same. */
  hierarchy_level: number;
  is_system_role: boolean;
  /** Which of the default roles it is. What those allow is said in code, not stored. */
  system_key?: SystemRoleKey;
  /** Patterns, as `libs/auth/src/may/permission.ts` reads them. */
  permissions: string[];
  /** Which models it may use: ids with `*` for any run of characters; null for all. */
  models: string[] | null;
  /** Goes up with every change. */
  rv: number;
  created_at: Date;
  updated_at: Date;
}

export const ROLES = 'Role';

export const roleSchema = new Schema<Role>(
  {
    _id: { type: String, required: true },
    org_id: { type: String, required: true },
    name: { type: String, required: true },
    name_key: { type: String, required: true },
    description: { type: String, default: '' },
    hierarchy_level: { type: Number, required: true },
    is_system_role: { type: Boolean, required: true },
    system_key: { type: String, enum: systemRoleKeys },
    permissions: { type: [String], required: true },
    models: { type: [String], default: null },
    rv: { type: Number, required: true },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
  },
  { collection: 'roles', versionKey: false },
)
  .index({ org_id: 1, name_key: 1 }, { unique: true })
  .index({ org_id: 1, hierarchy_level: 1 }, { unique: true });

/** What a role allows. A later version may let the default roles do more, without a word to any database. */
export const permissionsOfRole = ({ system_key, permissions }: Pick<Role, 'system_key' | 'permissions'>) =>
  system_key === undefined ? permissions : systemRoles[system_key].permissions;

/** The roles that every organisation has from the beginning. They can be given and taken, and not changed. */
export const systemRoleKeys = ['owner', 'admin', 'member', 'guest'] as const;
export type SystemRoleKey = (typeof systemRoleKeys)[number];

export interface SystemRole {
  name: string;
  description: string;
  level: number;
  permissions: readonly string[];
}

export const ownerLevel = 100;

const guest = ['chat:read', 'models:read', 'organizations:read'];
const member = [
  ...guest,
  ...['chat:write', 'chat:stream', 'ws:connect', 'credits:estimate', 'members:read', 'roles:read'],
];
const admin = [
  ...['chat:*', 'models:*', 'ws:connect', 'credits:read', 'credits:estimate', 'credits:budget'],
  ...['organizations:read', 'organizations:write', 'members:*', 'roles:*', 'invitations:*'],
  ...['api-keys:*', 'webhooks:*'],
];

export const systemRoles: Readonly<Record<SystemRoleKey, SystemRole>> = {
  owner: {
    name: 'Owner',
    description: 'May do everything, and alone makes other owners',
    level: ownerLevel,
    permissions: ['*:*'],
  },
  admin: {
    name: 'Admin',
    description: 'Runs the organization: members, roles, invitations, budgets',
    level: 80,
    permissions: admin,
  },
  member: { name: 'Member', description: 'Works in the organization', level: 20, permissions: member },
  guest: { name: 'Guest', description: 'Reads, and uses nothing that costs', level: 10, permissions: guest },
};

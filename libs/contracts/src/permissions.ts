/**
 * Where a permission counts: in tokens for an organisation, by the role there; in tokens without one, by the role on the
 * whole installation; or in both.
 */
export type PermissionScope = 'organization' | 'platform' | 'both';

/** Something that a route asks for, or that a service asks itself. */
export interface CataloguePermission {
  /** `resource:action` */
  permission: string;
  scope: PermissionScope;
  /** What it allows, for people who put roles together. */
  description: string;
}

const list =
  (scope: PermissionScope) =>
  (entries: Readonly<Record<string, string>>): CataloguePermission[] =>
    Object.entries(entries).map(([permission, description]) => ({ permission, scope, description }));

const organization = list('organization');
const platform = list('platform');
const both = list('both');

/** What auth's routes ask for. */
export const authPermissions: readonly CataloguePermission[] = [
  ...organization({
    'organizations:read': 'See the organization and its settings',
    'organizations:write': 'Rename the organization',
    'organizations:delete': 'Delete the organization',
    'members:read': 'See who is a member, and with which role',
    'members:write': 'Give members other roles, suspend and remove them',
    'roles:read': 'See the roles and what they allow',
    'roles:write': 'Make, change and delete roles and permissions of the organization',
    'invitations:read': 'See who is invited',
    'invitations:write': 'Invite people, and take invitations back',
    'api-keys:read': "See the organization's API keys",
    'api-keys:write': 'Make and revoke API keys of the organization',
    'webhooks:read': 'See the webhooks and what was delivered',
    'webhooks:write': 'Register, change and remove webhooks',
  }),
  ...platform({
    'users:read': 'Find users',
    'users:write': 'Give users other roles on the installation, suspend accounts',
    'users:unlock': 'End the wait after many wrong passwords',
    'users:erase': 'Remove users for good',
    'audit:read': 'Read the whole audit log',
    'keys:rotate': 'Change the signing keys',
    'organizations:administer': 'Suspend organizations and give them another owner',
  }),
];

/** What accounting's routes ask for. */
export const accountingPermissions: readonly CataloguePermission[] = [
  ...both({
    'credits:read': "See an organization's pool; outside of organizations, every account",
    'credits:estimate': 'Ask what a call would cost',
    'credits:budget': "Bound what members use of an organization's pool",
  }),
  ...platform({
    'credits:allocate': 'Give credits',
    'credits:adjust': 'Correct accounts and refund charges',
    'prices:write': 'Set prices',
    'ledger:audit': 'Check and reconcile the books',
  }),
];

/** What chat's routes ask for. */
export const chatPermissions: readonly CataloguePermission[] = both({
  'chat:read': "Read one's own conversations",
  'chat:write': "Begin, rename and delete one's own conversations",
  'chat:stream': 'Ask for answers, which have to be paid for',
  'models:read': 'See the models and their prices',
  'ws:connect': 'Open a socket',
});

/** Everything that any service asks for. */
export const permissionCatalogue: readonly CataloguePermission[] = [
  ...authPermissions,
  ...accountingPermissions,
  ...chatPermissions,
];

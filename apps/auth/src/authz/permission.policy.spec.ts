import { describe, expect, it } from '@jest/globals';
import { covers, isPermissionPattern } from '@parley/auth';
import { type PlatformRole, platformRoles } from '../users/user.schema.js';
import { permissionsOf } from './permission.policy.js';

const may = (role: PlatformRole, permission: string) => permissionsOf[role].some((each) => covers(each, permission));

describe('what each role may do', () => {
  it('is written in well-formed patterns', () => {
    for (const role of platformRoles) expect(permissionsOf[role].every(isPermissionPattern)).toBe(true);
  });

  it.each(['chat:read', 'chat:write', 'chat:stream', 'models:read', 'credits:estimate', 'ws:connect'])(
    'lets users and administrators %s',
    (permission) => expect([may('user', permission), may('platform_admin', permission)]).toEqual([true, true]),
  );

  it.each([
    'credits:allocate',
    'credits:adjust',
    'credits:read',
    'prices:write',
    'ledger:audit',
    'models:write',
    'users:read',
    'roles:write',
    '*:*',
  ])('lets administrators %s, and users not', (permission) => {
    expect([may('user', permission), may('platform_admin', permission)]).toEqual([false, true]);
  });

  it.each<[PlatformRole, string[], string[]]>([
    [
      'support',
      ['users:read', 'users:unlock', 'chat:read'],
      ['users:write', 'audit:read', 'credits:read', 'ledger:audit'],
    ],
    [
      'auditor',
      ['ledger:audit', 'credits:read', 'audit:read'],
      ['credits:adjust', 'prices:write', 'users:read', 'users:write'],
    ],
    ['user', [], ['users:unlock', 'audit:read', 'users:write']],
    ['platform_admin', ['users:write', 'users:unlock', 'audit:read'], []],
  ])('%s may do what the role is for, and no more', (role, allowed, denied) => {
    expect(allowed.filter((permission) => !may(role, permission))).toEqual([]);
    expect(denied.filter((permission) => may(role, permission))).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { covers, isPermissionPattern } from '@parley/auth';
import { permissionsOf } from '../authz/permission.policy.js';
import { emailAddress, username } from './names.js';
import { type PlatformRole, platformRoles } from './user.schema.js';

describe('an e-mail address', () => {
  it.each([
    ['victim@x.com', 'victim@x.com'],
    ['Victim@X.com', 'victim@x.com'],
    ['  victim@x.com  ', 'victim@x.com'],
    ['victim＠x.com', 'victim@x.com'],
    ['vic\u212Aim@x.com', 'vickim@x.com'],
    ['a.b+tag@x.com', 'a.b+tag@x.com'],
  ])('%j is %s', (given, canonical) => expect(emailAddress.parse(given)).toBe(canonical));

  it.each([
    '',
    'victim',
    'a@@x.com',
    '"victim@x.com x"@evil.com',
    'a@x.com\r\nBcc: b@y.com',
    'a@x.com,b@y.com',
    'a(b)@x.com',
    'a@x.com\u202E',
    'a\u200B@x.com',
    'a@раypal.com',
    `${'a'.repeat(300)}@x.com`,
  ])('%j is none', (given) => expect(emailAddress.safeParse(given).success).toBe(false));

  it.each([{ $gt: '' }, ['a@x.com'], 7, null])('%j is none', (given) => {
    expect(emailAddress.safeParse(given).success).toBe(false);
  });
});

describe('a username', () => {
  it.each([
    ['User1', 'user1'],
    [' user1 ', 'user1'],
    ['a.b_c-d', 'a.b_c-d'],
    ['ｕｓｅｒ１', 'user1'],
  ])('%j is %s', (given, canonical) => expect(username.parse(given)).toBe(canonical));

  it.each(['', 'a', '.ab', '-ab', 'a b', 'a@b', 'user\u0000', '../user', 'us\u0435r', 'x'.repeat(33), '__proto__'])(
    '%j is none',
    (given) => expect(username.safeParse(given).success).toBe(false),
  );
});

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
});

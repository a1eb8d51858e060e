import { describe, expect, it } from '@jest/globals';
import { SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { chatPermissions, type Grants, grants, visitorRole } from '@parley/contracts';
import { ACCESS_RULE, type AccessRule, DomainError } from '@parley/platform';
import { buildService, buildUser, ScriptedFeed } from '@parley/testing';
import { SensitiveCalls } from '../introspection/sensitive-calls.js';
import { LocalIntrospection } from '../introspection/introspection.js';
import { AccessRules } from '../may/access-rules.js';
import { PermissionCatalogue } from '../may/permission-catalogue.js';
import { PermissionSource } from '../may/permission-source.js';
import { AuthErrors } from '../refusals/auth.errors.js';
import { type Caller, type Carrier, CredentialReader } from '../who/credential-reader.js';
import { CredentialReaders } from '../who/credential-readers.js';
import type { Principal, UserPrincipal } from '../who/principal.js';
import { AccessGuard } from './access.guard.js';

const user = (userId: string): Principal => buildUser({ userId });
const callers: Readonly<Record<string, Principal>> = {
  reader: user('reader'),
  admin: user('admin'),
  visitor: user('visitor'),
  suspended: user('suspended'),
  unknowable: user('unknowable'),
  service: buildService({ scopes: ['holds:write'] }),
};
const granted: Readonly<Record<string, Pick<Grants, 'status' | 'permissions'> & Partial<Grants>>> = {
  reader: { status: 'active', permissions: ['chat:read', 'models:*'] },
  visitor: { status: 'active', role: visitorRole, permissions: ['chat:read'] },
  admin: { status: 'active', permissions: ['*:*'] },
  suspended: { status: 'suspended', permissions: ['*:*'] },
};

class ScriptedPermissions extends PermissionSource {
  grantsOf({ userId }: UserPrincipal): Promise<Grants> {
    const known = granted[userId];
    if (!known) return Promise.reject(AuthErrors.keysUnavailable());
    return Promise.resolve(grants.parse({ user_id: userId, org_id: null, role: 'test', ...known }));
  }
}

/** Whoever the header, or the ticket of a handshake, names. */
class NameReader extends CredentialReader {
  find({ headersDistinct, auth }: Carrier): string | undefined {
    return headersDistinct.authorization?.[0] ?? (typeof auth?.ticket === 'string' ? auth.ticket : undefined);
  }

  verify(name: string): Promise<Caller> {
    const principal = callers[name];
    return principal ? Promise.resolve({ principal }) : Promise.reject(AuthErrors.tokenInvalid());
  }
}

const readers = new CredentialReaders([new NameReader()]);
const permissions = new ScriptedPermissions(new PermissionCatalogue(chatPermissions));
const rules = new AccessRules(permissions);
const sensitive = new SensitiveCalls(new ScriptedFeed(), new LocalIntrospection(), permissions);
const guard = new AccessGuard(new Reflector(), readers, rules, sensitive);

/** A route with this rule, and a request of this caller. */
async function onHttp(caller: string | undefined, rule: AccessRule | undefined): Promise<Principal | undefined> {
  class Controller {}
  const handler = () => undefined;
  if (rule) SetMetadata(ACCESS_RULE, rule)(handler);
  const request: { principal?: Principal; raw: Carrier } = {
    raw: { headersDistinct: caller === undefined ? {} : { authorization: [caller] } },
  };
  expect(await guard.canActivate(new ExecutionContextHost([request], Controller, handler))).toBe(true);
  return request.principal;
}

/** A socket that opens with a ticket, and then an event under this rule. */
async function onSocket(caller: string | undefined, rule: AccessRule | undefined): Promise<Principal | undefined> {
  const { principal } = await readers.identify({ headersDistinct: {}, auth: { ticket: caller } });
  await rules.admit(principal, rule);
  return principal;
}

const signedIn: AccessRule = { kind: 'user' };
const anybody: AccessRule = { kind: 'user', visitors: true };
const write: AccessRule = { kind: 'permission', permission: 'chat:write' };
const read: AccessRule = { kind: 'permission', permission: 'chat:read' };
const models: AccessRule = { kind: 'permission', permission: 'models:read' };
const shared: AccessRule = { kind: 'permission', permission: 'chat:write', orScope: 'holds:write' };
const sharedElsewhere: AccessRule = { kind: 'permission', permission: 'chat:write', orScope: 'users:read' };
const holds: AccessRule = { kind: 'service', scope: 'holds:write' };
const users: AccessRule = { kind: 'service', scope: 'users:read' };

describe.each([
  ['an HTTP request', onHttp],
  ['a socket', onSocket],
])('the access rules for %s', (_way, admit) => {
  it.each<[string, AccessRule | undefined]>([
    ['reader', signedIn],
    ['reader', anybody],
    ['visitor', anybody],
    ['visitor', read],
    ['reader', read],
    ['reader', models],
    ['reader', { kind: 'permission', permission: 'chat:read', orScope: 'holds:write' }],
    ['admin', write],
    ['admin', shared],
    ['admin', undefined],
    ['service', holds],
    ['service', shared],
  ])('let %s through under %j', async (caller, rule) => {
    expect(await admit(caller, rule)).toEqual(callers[caller]);
  });

  it.each<[string | undefined, AccessRule | undefined, number, string]>([
    [undefined, signedIn, 401, 'token_missing'],
    [undefined, undefined, 401, 'token_missing'],
    ['nobody', signedIn, 401, 'invalid_token'],
    ['visitor', signedIn, 403, 'account_required'],
    ['visitor', write, 403, 'permission_denied'],
    ['visitor', undefined, 403, 'permission_denied'],
    ['reader', write, 403, 'permission_denied'],
    ['reader', shared, 403, 'permission_denied'],
    ['reader', undefined, 403, 'permission_denied'],
    ['reader', holds, 403, 'service_token_required'],
    ['admin', holds, 403, 'service_token_required'],
    ['suspended', signedIn, 401, 'account_disabled'],
    ['suspended', read, 401, 'account_disabled'],
    ['suspended', undefined, 401, 'account_disabled'],
    ['unknowable', signedIn, 503, 'auth_unavailable'],
    ['unknowable', read, 503, 'auth_unavailable'],
    ['service', signedIn, 403, 'user_token_required'],
    ['service', read, 403, 'user_token_required'],
    ['service', undefined, 403, 'user_token_required'],
    ['service', users, 403, 'insufficient_scope'],
    ['service', sharedElsewhere, 403, 'insufficient_scope'],
  ])('refuse %s under %j with %d %s', async (caller, rule, status, code) => {
    const refusal: unknown = await admit(caller, rule).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DomainError);
    expect(refusal).toMatchObject({ status, code });
  });
});

describe('a public rule', () => {
  it.each([undefined, 'nobody', 'reader', 'suspended', 'service'])('asks %s nothing on HTTP', async (caller) => {
    expect(await onHttp(caller, { kind: 'public' })).toBeUndefined();
  });

  it('lets in whoever opened a socket, and nobody who could not open one', async () => {
    expect(await onSocket('suspended', { kind: 'public' })).toEqual(callers.suspended);
    await expect(onSocket('nobody', { kind: 'public' })).rejects.toMatchObject({ code: 'invalid_token' });
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface Location {
  matches: (path: string) => boolean;
  service: string | undefined;
}

/** The edge's routes in the order in which nginx chooses: an exact one first, then the first expression that matches. */
const locations = [
  ...readFileSync(new URL('../../docker/nginx/edge.conf', import.meta.url), 'utf8').matchAll(
    /^ {2}location (=|~) (\S+) \{\n([^}]*)\}/gm,
  ),
]
  .map(([, kind, pattern, body]) => ({
    kind,
    matches: (path: string) => (kind === '=' ? path === pattern : new RegExp(pattern!).test(path)),
    service: /proxy_pass \$(\w+)/.exec(body!)?.[1],
  }))
  .sort((a, b) => Number(b.kind === '=') - Number(a.kind === '=')) satisfies Location[];
const serviceOf = (path: string) => locations.find(({ matches }) => matches(path))?.service;

describe('the edge', () => {
  it.each([
    ['/api/auth/login', 'auth'],
    ['/api/health/accounting', 'accounting'],
    ['/api/ledger/reconcile', 'accounting'],
    ['/api/ledger/repair/user:usr_1', 'accounting'],
    ['/api/chat/sessions', 'chat'],
  ])('hands %s to %s', (path, service) => {
    expect(serviceOf(path)).toBe(service);
  });

  it.each([
    ...['/health/ledger', '/api/health/ledger', '/api/health/accounting/ledger', '/api/ledger-health'],
    ...['/holds', '/api/holds', '/api/internal/users/usr_1', '/api/oauth/token', '/metrics', '/api/metrics'],
    ...['/openapi.json', '/api/docs', '/'],
  ])('knows no %s', (path) => {
    expect(serviceOf(path)).toBeUndefined();
  });
});

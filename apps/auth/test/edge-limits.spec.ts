import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const conf = readFileSync(new URL('../../../docker/nginx/edge.conf', import.meta.url), 'utf8');
const [, server] = /^server \{\n([^]*)^\}/m.exec(conf)!;
/** What stands in the server itself, and the locations with their bodies in their order. */
const common = server!.replaceAll(/^ {2}location [^{]*\{[^]*?^ {2}\}\n/gm, '');
const locations = [...server!.matchAll(/^ {2}location (\S+ )?(\S+) \{\n([^]*?)^ {2}\}/gm)].map(
  ([, , pattern, body]) => ({
    pattern: pattern!,
    body: body!,
  }),
);
const limitsIn = (text: string) =>
  [...text.matchAll(/^ +(limit_(?:req|conn)) (.*);/gm)].map(([, kind, what]) => `${kind} ${what}`);

/** The address under which nginx counts a caller, by its map: the first expression that fits, or the address itself. */
const callerOf = (address: string) => {
  const [, map] = /^map \$remote_addr \$caller \{\n([^]*?)^\}/m.exec(conf)!;
  const expressions = [...map!.matchAll(/'~(\^.*)'\s+\$network;/g)].map(([, text]) => new RegExp(text!));
  return expressions.map((each) => each.exec(address)?.groups?.network).find(Boolean) ?? address;
};

describe('the edge', () => {
  it('limits the requests and the connections of each address, whatever is asked for', () => {
    expect(limitsIn(common)).toEqual(['limit_req zone=everything burst=300 nodelay', 'limit_conn connections 500']);
    for (const zone of ['everything', 'sign_in'])
      expect(conf).toMatch(new RegExp(`^limit_req_zone \\$caller zone=${zone}:`, 'm'));
    expect(conf).toMatch(/^limit_conn_zone \$caller zone=connections:/m);
  });

  it('answers 429 in the form of all refusals', () => {
    expect(conf).toContain('limit_req_status 429;\nlimit_conn_status 429;');
    const { body } = locations.find(({ pattern }) => pattern === '@too_many')!;
    expect(body).toMatch(/Retry-After 1[^]*return 429 '\{"type":"urn:parley:problem:too_many_requests"/);
    expect(common).toContain('error_page 429 = @too_many;');
  });

  it('[attack 46] limits sign-in by itself, with and without a slash behind it, before the other routes of auth', () => {
    const login = locations.findIndex(({ body }) => body.includes('zone=sign_in'));
    expect(limitsIn(locations[login]!.body)).toEqual([limitsIn(common)[0], 'limit_req zone=sign_in burst=20 nodelay']);
    const fits = (path: string) =>
      locations.findIndex(({ pattern }) => pattern.startsWith('^') && new RegExp(pattern).test(path));
    expect(['/api/auth/login', '/api/auth/login/'].map(fits)).toEqual([login, login]);
    expect(fits('/api/auth/me')).toBeGreaterThan(login);
  });

  it('leaves the limits of all routes in force where a location names none of its own', () => {
    const named = locations.filter(({ body }) => limitsIn(body).length > 0);
    for (const { body } of named) expect(limitsIn(body)).toContain(limitsIn(common)[0]);
  });

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2::1', '2001:db8:1:2:'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:'],
    ['2001:db8::1', '2001:db8::'],
    ['2001:db8:1::5', '2001:db8:1::'],
    ['::1', '::'],
  ])('[attack 45] counts %s as %s', (address, caller) => expect(callerOf(address)).toBe(caller));
});

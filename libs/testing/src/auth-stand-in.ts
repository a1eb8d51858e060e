import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tokenIssuer, tokenTypes } from '@parley/auth';
import { type Grants, grants, type IntrospectionAnswer } from '@parley/contracts';
import type { Clock } from '@parley/platform';
import jwt from 'jsonwebtoken';
import { StandInFeed } from './stand-in-feed.js';

/**
 * Auth's side of the contract for the suites of the other services: signing keys, service tokens, grants and users, over real
 * HTTP. It signs whatever a test asks for, so it can also make the tokens that must be refused.
 */
export class AuthStandIn {
  readonly kid = 'stand-in-key-1';
  readonly privateKey: KeyObject;
  private readonly grants = new Map<string, Grants>();
  /** The organisations that exist. */
  readonly organizations = new Set<string>();
  /** The active members of an organisation, in the order of their ids. */
  readonly members = new Map<string, string[]>();
  private readonly server: Server;
  /** What the services are told about changes of rights. */
  readonly feed: StandInFeed;
  /** Why introspection calls a user's tokens void, by user id. */
  readonly voidTokens = new Map<string, string>();
  /** While set, every answer is 503, and the feed is cut. */
  down = false;
  /** Every path that was asked for, but not those of the feed, which is asked all the time. */
  requests: string[] = [];

  private constructor(private readonly clock: Clock) {
    this.feed = new StandInFeed(clock);
    this.privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(clock: Clock): Promise<AuthStandIn> {
    const standIn = new AuthStandIn(clock);
    await new Promise<void>((resolve) => standIn.server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Adds a user with these permission patterns. @returns their access token */
  user(userId: string, permissions: readonly string[], change: Partial<Grants> = {}): string {
    const base = { user_id: userId, org_id: null, status: 'active', role: 'test', permissions: [...permissions] };
    this.grants.set(userId, grants.parse({ ...base, ...change }));
    return this.accessToken(userId);
  }

  /** Gives a user other rights, or their account another state, and waits until every service knows. */
  async change(userId: string, permissions: readonly string[], change: Partial<Grants> = {}): Promise<void> {
    const wasActive = (this.grants.get(userId)?.status ?? 'active') === 'active';
    this.user(userId, permissions, change);
    const isActive = (change.status ?? 'active') === 'active';
    this.feed.add({ type: 'token-claims-change', sub: userId, org_id: null, mv: 1 });
    if (isActive !== wasActive) this.feed.add({ type: isActive ? 'account-enabled' : 'account-disabled', sub: userId });
    await this.feed.delivered();
  }

  /** Ends a user's login session (all tokens of `accessToken` are of one), and waits until every service knows. */
  async endSession(userId: string, sid = `ses_${userId}`): Promise<void> {
    this.voidTokens.set(userId, 'session_revoked');
    this.feed.add({ type: 'session-revoked', sid });
    await this.feed.delivered();
  }

  /** Voids a user's tokens from before now, as a new password does, and waits until every service knows. */
  async changeCredential(userId: string): Promise<void> {
    this.feed.add({ type: 'credential-change', sub: userId, valid_after: this.clock.now() });
    await this.feed.delivered();
  }

  accessToken(userId: string, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
    const aud = ['auth', 'accounting', 'chat'];
    const times = this.times(900);
    const signIn = { auth_time: times.iat, amr: ['pwd'], rid: 'test', mv: 0, rc: 0, ev: true };
    const payload = { aud, sub: userId, sid: `ses_${userId}`, org_id: null, ...times, ...signIn, ...claims };
    // Without `iat` in its own words a changed one would not fit it.
    if ('iat' in claims && !('iat_ms' in claims)) delete (payload as { iat_ms?: number }).iat_ms;
    return this.sign(payload, { typ: tokenTypes.user, ...header });
  }

  serviceToken(service: string, audience: string, scope: string): string {
    return this.sign({ aud: audience, sub: `svc:${service}`, scope, ...this.times(300) }, { typ: tokenTypes.service });
  }

  private times(lifeSeconds: number) {
    const iat = Math.floor(this.clock.now() / 1000);
    return { iss: tokenIssuer, jti: randomUUID(), iat, iat_ms: this.clock.now(), exp: iat + lifeSeconds };
  }

  private sign(payload: Record<string, unknown>, header: Record<string, unknown>): string {
    const whole = { alg: 'ES256', kid: this.kid, ...header } as jwt.JwtHeader;
    return jwt.sign(payload, this.privateKey, { algorithm: 'ES256', header: whole });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    if (this.feed.isCut && url.pathname.startsWith('/internal/security-')) return void request.socket.destroy();
    if (url.pathname === '/internal/security-events' && !this.down) {
      return this.feed.poll(url.searchParams.get('after') ?? '', response);
    }
    if (!url.pathname.startsWith('/internal/security-')) this.requests.push(url.pathname);
    const body = await readJson(request);
    const [status, answer] = this.down ? [503, {}] : this.route(url, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private route(url: URL, body: Record<string, string>): [number, unknown] {
    const { pathname, searchParams } = url;
    if (pathname === '/.well-known/jwks.json') return [200, { keys: [this.jwk()] }];
    if (pathname === '/oauth/token') {
      const scope = 'holds:write users:read authz:read security-events:read tokens:introspect';
      const token = this.serviceToken(body.client_id ?? 'chat', body.audience ?? '', scope);
      return [200, { access_token: token, token_type: 'Bearer', expires_in: 300, scope }];
    }
    if (pathname === '/internal/security-state') return [200, this.feed.state()];
    if (pathname === '/internal/introspect') return [200, this.introspect(body.token ?? '')];
    if (pathname === '/internal/authz/grants')
      return found(this.grantsIn(searchParams.get('user_id') ?? '', searchParams.get('org_id')));
    const membersOf = /^\/internal\/organizations\/(.+)\/members$/.exec(pathname)?.[1];
    if (membersOf) return found(this.membersIn(decodeURIComponent(membersOf), searchParams));
    const orgId = /^\/internal\/organizations\/(.+)$/.exec(pathname)?.[1];
    if (orgId)
      return found(this.organizations.has(decodeURIComponent(orgId)) ? { id: decodeURIComponent(orgId) } : undefined);
    const userId = /^\/internal\/users\/(.+)$/.exec(pathname)?.[1];
    const known = userId && this.grants.get(decodeURIComponent(userId));
    return found(known ? { id: known.user_id, status: known.status } : undefined);
  }

  private membersIn(orgId: string, query: URLSearchParams) {
    if (!this.organizations.has(orgId)) return undefined;
    const [from, limit] = [query.get('cursor') ?? '', Number(query.get('limit') ?? 50)];
    const rest = (this.members.get(orgId) ?? []).filter((id) => id > from).sort();
    const data = rest.slice(0, limit).map((user_id) => ({ user_id, role_id: 'role_test' }));
    return { data, next_cursor: rest.length > limit ? data.at(-1)!.user_id : null };
  }

  /** Everybody is a member of every organisation, with the rights that they have anywhere, unless a test says otherwise. */
  private grantsIn(userId: string, orgId: string | null): Grants | undefined {
    const known = this.grants.get(userId);
    if (!known || orgId === null) return known;
    const member = { role_id: 'role_test', level: 20, membership: 'active', organization: 'active' } as const;
    return { ...member, ...withoutNulls(known), org_id: orgId } as Grants;
  }

  private introspect(token: string): IntrospectionAnswer {
    const { sub, exp } = jwt.decode(token) as { sub: string; exp: number };
    const code = this.voidTokens.get(sub) ?? (exp * 1000 <= this.clock.now() ? 'token_expired' : undefined);
    return code === undefined ? { active: true } : { active: false, code };
  }

  private jwk() {
    const key = createPublicKey(this.privateKey).export({ format: 'jwk' });
    return { ...key, kid: this.kid, use: 'sig', alg: 'ES256' };
  }
}

const withoutNulls = (known: Grants): Partial<Grants> =>
  Object.fromEntries(
    Object.entries(known).filter(([name, value]) => value !== null && !(name === 'level' && value === 0)),
  );

const found = (answer: unknown): [number, unknown] => (answer ? [200, answer] : [404, { code: 'not_found' }]);

async function readJson(request: IncomingMessage): Promise<Record<string, string>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, string>);
}

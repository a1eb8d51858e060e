import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tokenIssuer, tokenTypes } from '@parley/auth';
import type { Grants } from '@parley/contracts';
import type { Clock } from '@parley/platform';
import jwt from 'jsonwebtoken';

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
  private readonly server: Server;
  /** While set, every answer is 503. */
  down = false;
  requests: string[] = [];

  private constructor(private readonly clock: Clock) {
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
    this.grants.set(userId, {
      user_id: userId,
      org_id: null,
      status: 'active',
      role: 'test',
      permissions: [...permissions],
      ...change,
    });
    return this.accessToken(userId);
  }

  accessToken(userId: string, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
    const aud = ['auth', 'accounting', 'chat'];
    const payload = { aud, sub: userId, sid: `ses_${userId}`, org_id: null, ...this.times(900), ...claims };
    return this.sign(payload, { typ: tokenTypes.user, ...header });
  }

  serviceToken(service: string, audience: string, scope: string): string {
    return this.sign({ aud: audience, sub: `svc:${service}`, scope, ...this.times(300) }, { typ: tokenTypes.service });
  }

  private times(lifeSeconds: number) {
    const iat = Math.floor(this.clock.now() / 1000);
    return { iss: tokenIssuer, jti: randomUUID(), iat, exp: iat + lifeSeconds };
  }

  private sign(payload: Record<string, unknown>, header: Record<string, unknown>): string {
    const whole = { alg: 'ES256', kid: this.kid, ...header } as jwt.JwtHeader;
    return jwt.sign(payload, this.privateKey, { algorithm: 'ES256', header: whole });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    this.requests.push(url.pathname);
    const body = await readJson(request);
    const [status, answer] = this.down ? [503, {}] : this.route(url, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private route(url: URL, body: Record<string, string>): [number, unknown] {
    const { pathname, searchParams } = url;
    if (pathname === '/.well-known/jwks.json') return [200, { keys: [this.jwk()] }];
    if (pathname === '/oauth/token') {
      const scope = 'holds:write users:read authz:read';
      const token = this.serviceToken(body.client_id ?? 'chat', body.audience ?? '', scope);
      return [200, { access_token: token, token_type: 'Bearer', expires_in: 300, scope }];
    }
    if (pathname === '/internal/authz/grants') return found(this.grants.get(searchParams.get('user_id') ?? ''));
    const orgId = /^\/internal\/organizations\/(.+)$/.exec(pathname)?.[1];
    if (orgId)
      return found(this.organizations.has(decodeURIComponent(orgId)) ? { id: decodeURIComponent(orgId) } : undefined);
    const userId = /^\/internal\/users\/(.+)$/.exec(pathname)?.[1];
    const known = userId && this.grants.get(decodeURIComponent(userId));
    return found(known ? { id: known.user_id, status: known.status } : undefined);
  }

  private jwk() {
    const key = createPublicKey(this.privateKey).export({ format: 'jwk' });
    return { ...key, kid: this.kid, use: 'sig', alg: 'ES256' };
  }
}

const found = (answer: unknown): [number, unknown] => (answer ? [200, answer] : [404, { code: 'not_found' }]);

async function readJson(request: IncomingMessage): Promise<Record<string, string>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, string>);
}

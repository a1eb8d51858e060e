import { expect } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { HttpAnswer, TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Model } from 'mongoose';
import { AUDIT_ENTRIES, type AuditEntry } from '../src/audit/audit-entry.schema.js';
import { LOGIN_SESSIONS, type LoginSession } from '../src/login-sessions/login-session.schema.js';
import { SECURITY_EVENTS, type StoredSecurityEvent } from '../src/security-events/security-event.schema.js';
import { Browser } from './browser.js';
import { AuthInstallation } from './running-auth.js';

/** One service, people who sign in and stay signed in there, and what is stored of their sessions. */
export class SessionScene {
  readonly installation = new AuthInstallation();
  readonly clock = this.installation.clock;
  auth!: TestService;

  async start(environment: Record<string, string> = {}): Promise<void> {
    this.auth = await this.installation.start(environment);
  }

  remove = () => this.installation.remove();

  model = <Record>(name: string): Model<Record> => this.auth.app.get(getModelToken(name), { strict: false });

  get sessions(): Model<LoginSession> {
    return this.model(LOGIN_SESSIONS);
  }

  newBrowser = (headers: Record<string, string> = {}) => new Browser(() => this.auth, headers);

  /** A browser in which a user has just signed in. */
  signedIn = async (username = 'user1', headers: Record<string, string> = {}, password?: string) => {
    const browser = this.newBrowser(headers);
    const answer = await browser.logIn(username, password);
    expect(answer.status).toBe(200);
    return { browser, sid: sidOf(answer) };
  };

  /** What a native client gets when a user has signed in. */
  native = async (username = 'user1') => {
    const login = { username, password: `parley-${username}-demo`, client: 'native' };
    const { body } = await this.auth.http.post('/auth/login', login);
    return body as { access_token: string; refresh_token: string };
  };

  refreshNative = (refresh_token: string) => this.auth.http.post('/auth/refresh', { refresh_token });

  /** How often the other services were told that a session is over. */
  revoked = (sid: string) =>
    this.model<StoredSecurityEvent>(SECURITY_EVENTS).countDocuments({
      'change.type': 'session-revoked',
      'change.sid': sid,
    });

  audited = (type: string, sid: string) =>
    this.model<AuditEntry>(AUDIT_ENTRIES).findOne({ type, 'facts.sid': sid }).lean();
}

export const sidOf = ({ body }: HttpAnswer): string => (jwt.decode(body.access_token) as { sid: string }).sid;
export const seen = ({ status, body }: HttpAnswer) => [status, body.code];

export function expectRefused(answer: HttpAnswer, code: string): void {
  expect(seen(answer)).toEqual([401, code]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="parley"/);
  expect(answer.body).toMatchObject({ request_id: expect.any(String) });
}

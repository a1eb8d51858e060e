import { getConnectionToken } from '@nestjs/mongoose';
import { PeriodicJobs } from '@parley/platform';
import type { HttpAnswer, TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import { ErrandRunner } from '../src/errands/errand-runner.js';
import { ErrandReceiver, type Told } from './errand-receiver.js';
import { AuthInstallation, serviceToken } from './running-auth.js';

export const dayMs = 86_400_000;

/** Browsers that come to an installation without an account. The tests make the rounds of its jobs themselves. */
export class VisitorScene {
  readonly installation = new AuthInstallation();
  private network = 0;

  private constructor(readonly receiver: ErrandReceiver) {}

  auth!: TestService;

  static async start(environment: Record<string, string> = {}): Promise<VisitorScene> {
    const scene = new VisitorScene(await ErrandReceiver.start());
    scene.auth = await scene.startInstance(environment);
    return scene;
  }

  async startInstance(environment: Record<string, string> = {}): Promise<TestService> {
    const { url } = this.receiver;
    const settings = { CHAT_URL: url, ACCOUNTING_URL: url, TRUSTED_PROXIES: '127.0.0.1' };
    const service = await this.installation.start({ ...settings, ...environment });
    const jobs = service.app.get(PeriodicJobs, { strict: false });
    for (const job of ['errands', 'idle visitors']) await jobs.stop(job);
    return service;
  }

  async stop(): Promise<void> {
    await this.installation.remove();
    await this.receiver.stop();
  }

  /** From here on requests come from another address. */
  moveOn(): void {
    this.network++;
  }

  enter(cookie?: string, query = '', service = this.auth): Promise<HttpAnswer> {
    const headers = { ...this.from(), ...(cookie ? { cookie } : {}) };
    return service.http.post(`/auth/anonymous${query}`, undefined, { headers });
  }

  signIn(cookie: string, username = 'user1'): Promise<HttpAnswer> {
    const login = { username, password: `parley-${username}-demo` };
    return this.auth.http.post('/auth/login', login, { headers: { ...this.from(), cookie } });
  }

  from(): Record<string, string> {
    return { 'x-forwarded-for': `198.51.${this.network >> 8}.${this.network & 255}` };
  }

  async grantsOf(id: string): Promise<HttpAnswer> {
    const token = await serviceToken(this.auth, 'chat', 'auth');
    return this.auth.http.get(`/internal/authz/grants?user_id=${id}`, { token });
  }

  /** One round of an instance's job. @returns how many errands were attempted */
  sendErrands(service = this.auth): Promise<number> {
    return service.app.get(ErrandRunner, { strict: false }).sendDue();
  }

  told(path: string, visitorId: string): Told[] {
    return this.receiver.about(visitorId).filter((one) => one.path === `/internal/${path}`);
  }

  collection(name: string) {
    return this.auth.app.get<Connection>(getConnectionToken()).collection(name);
  }
}

/** The visitor cookie of an answer, as a browser sends it. */
export const cookieOf = ({ headers }: HttpAnswer): string => headers.get('set-cookie')!.split(';', 1)[0]!;

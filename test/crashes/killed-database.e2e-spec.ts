import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, productBuild, ServiceProcess } from '@parley/testing';

const secret = (name: string) => `${name}-of-this-test-run-which-is-long-enough`;

/** An embedded database of its own, whatever the other suites run on, so that nobody else's is killed. */
describe('a database that is killed', () => {
  const data = mkdtempSync(join(tmpdir(), 'parley-killed-'));
  let database: ServiceProcess;
  let auth: ServiceProcess;
  let accounting: ServiceProcess;
  let admin: { token: string; userId: string };

  beforeAll(async () => {
    const [databasePort, authPort, accountingPort] = [await freePort(), await freePort(), await freePort()];
    const options = ['--port', String(databasePort), '--data', data];
    database = new ServiceProcess(`${productBuild()}/libs/embedded-mongo/src/main.js`, databasePort, {}, options);
    const environment = {
      MONGODB_URI: `mongodb://127.0.0.1:${databasePort}/?replicaSet=rs0`,
      SEED_DEMO: 'true',
      AUTH_PORT: String(authPort),
      ACCOUNTING_PORT: String(accountingPort),
      AUTH_URL: `http://127.0.0.1:${authPort}`,
      AUTH_KEK: secret('the-key-encryption-key'),
      SERVICE_SECRET_CHAT: secret('the-secret-of-chat'),
      SERVICE_SECRET_ACCOUNTING: secret('the-secret-of-accounting'),
    };
    auth = new ServiceProcess(`${productBuild()}/apps/auth/src/main.js`, authPort, environment);
    accounting = new ServiceProcess(`${productBuild()}/apps/accounting/src/main.js`, accountingPort, environment);
    await database.start();
    // Accounting lets nobody in before auth has told it which tokens are void.
    await auth.start();
    await accounting.start();
    const { body } = await login();
    admin = { token: body.access_token, userId: body.user.id };
  });
  afterAll(async () => {
    await Promise.all([auth.kill(), accounting.kill()]);
    await database.kill();
    rmSync(data, { recursive: true, force: true });
  });

  const login = () => auth.http.post('/auth/login', { username: 'admin', password: 'parley-admin-demo' });
  const allocate = () =>
    accounting.http.post(
      '/credits/allocations',
      { user_id: admin.userId, amount_ucr: 1_000, reason: 'for the test' },
      { token: admin.token },
    );

  it('makes every answer 503 with Retry-After, never a permission answer or a 500', async () => {
    expect((await allocate()).status).toBe(201);
    await database.kill();
    const answers = await Promise.all([
      login(),
      auth.http.get('/auth/me', { token: admin.token }),
      accounting.http.get('/prices'),
      auth.http.get('/health/ready'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    for (const { headers } of answers) expect(headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('has lost nothing that was acknowledged when it is back', async () => {
    await database.start();
    const { status, body } = await login();
    expect([status, body.user.id]).toEqual([200, admin.userId]);
    const balance = () => accounting.http.get('/credits/balance', { token: admin.token });
    expect((await balance()).body).toMatchObject({ balance_ucr: 1_000, held_ucr: 0 });
    expect((await allocate()).body.balance_ucr).toBe(2_000);
  });
});

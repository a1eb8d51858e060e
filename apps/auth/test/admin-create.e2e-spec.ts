import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import { adminCreate } from '../src/commands/admin-creation.js';
import { mailCatalogue } from '../src/mail/templates/catalogue.js';
import { OneTimeTokens } from '../src/one-time-tokens/one-time-tokens.js';
import { AuthInstallation } from './running-auth.js';
import { addUser } from './people.js';
import { callCommand, environmentOf, runCommand } from './run-command.js';

jest.setTimeout(120_000);
const installation = new AuthInstallation();
let auth: TestService;
let connection: Connection;
let environment: Record<string, string>;

beforeAll(async () => {
  auth = await installation.start({ SEED_DEMO: 'false' });
  connection = auth.app.get(getConnectionToken(), { strict: false });
  environment = environmentOf(installation.databases);
});
afterAll(() => installation.remove());

/** As two operators at two machines. */
const run = (...args: string[]) => runCommand('admin-create', args, environment);
const create = (...args: string[]) => callCommand(adminCreate, args, environment);
const users = (filter: object) => connection.collection('users').find(filter).toArray();
const admins = () => users({ platform_role: 'platform_admin' });
const tokenIn = (stdout: string) => /https:\/\/chat\.example\.com\/reset-password#token=(\S+)/.exec(stdout)?.[1];
const consume = (token: string) =>
  inTransaction(connection, (session) =>
    auth.app.get(OneTimeTokens, { strict: false }).consume('reset_password', token, session),
  );

describe('npm run admin:create', () => {
  it('does not happen by itself: a production start makes nobody', async () => {
    expect(await users({})).toEqual([]);
  });

  it('of two at once makes one administrator', async () => {
    const ends = await Promise.all([
      run('--email', 'Ada@Example.org', '--name', 'Ada Mary Keller'),
      run('--email', 'bob@example.org'),
    ]);
    expect(ends.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    const lost = ends.find(({ code }) => code === 1)!;
    expect([lost.stdout, lost.stderr]).toEqual([
      '',
      'admin-create: There is an administrator already; --again makes another one.\n',
    ]);
    const [admin, ...more] = await admins();
    expect([admin, more]).toMatchObject([{ status: 'active', email_verified: true }, []]);
    const token = tokenIn(ends.find(({ code }) => code === 0)!.stdout)!;
    expect(JSON.stringify(await connection.collection('one_time_tokens').find().toArray())).not.toContain(token);
    const { set_password, admin_link, reset_password } = mailCatalogue;
    expect([set_password.path, admin_link.path]).toEqual([reset_password.path, reset_password.path]);
    expect(ends.find(({ code }) => code === 0)!.stdout).toContain(`${reset_password.path}#token=${token}`);
    expect((await consume(token)).user_id).toBe(admin!._id);
    await expect(consume(token)).rejects.toMatchObject({ code: 'token_used', status: 410 });
    const [entry] = await connection.collection('audit_entries').find({ type: 'administrator.created' }).toArray();
    expect(entry).toMatchObject({ actor: 'cli', subject: admin!._id });
  });

  it('promotes an existing user when it is told, and makes another administrator when it is told', async () => {
    const uma = await addUser(auth, 'uma');
    const refused = await create('--email', uma.email, '--again');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--promote')]);
    const promoted = await create('--email', uma.email, '--again', '--promote');
    expect([promoted.code, promoted.stderr]).toEqual([0, '']);
    expect(await users({ email: uma.email })).toMatchObject([
      { platform_role: 'platform_admin', password_hash: uma.password_hash },
    ]);
    const events = await connection.collection('security_events').find({ 'change.sub': uma._id }).toArray();
    expect(events.map(({ change }) => change.type)).toEqual(['token-claims-change']);
    const token = tokenIn(promoted.stdout)!;
    installation.clock.advance(Date.now() - installation.clock.now() + 3_700_000);
    await expect(consume(token)).rejects.toMatchObject({ code: 'token_expired', status: 410 });
    await expect(consume('x'.repeat(43))).rejects.toMatchObject({ code: 'token_invalid', status: 400 });
  });

  it.each([[['--email', 'nobody']], [[]], [['--email', 'a@example.org', 'more']], [['--mail', 'a@example.org']]])(
    'refuses %j without a change',
    async (args) => {
      const { code, stdout, stderr } = await create(...args);
      expect([code === 0, stdout, stderr]).toEqual([false, '', expect.stringContaining('Usage: admin-create')]);
    },
  );
});

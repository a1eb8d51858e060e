import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken, getModelToken } from '@nestjs/mongoose';
import { inTransaction, PeriodicJobs } from '@parley/platform';
import type { TestService } from '@parley/testing';
import type { Connection, Model } from 'mongoose';
import { DevMailbox } from '../src/mail/dev-mailbox/dev-mailbox.js';
import { MailOutbox, type NewMail } from '../src/mail/mail-outbox.js';
import { MailSender } from '../src/mail/mail-sender.js';
import { MailRefused } from '../src/mail/mailers/mailer.js';
import { OUTBOX_MAILS, type OutboxMail } from '../src/mail/outbox-mail.schema.js';
import { AuthInstallation } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let second: TestService;
let outbox: Model<OutboxMail>;
const of = <Type>(service: TestService, token: abstract new (...given: never[]) => Type): Type =>
  service.app.get(token, { strict: false });

beforeAll(async () => {
  auth = await installation.start({ PUBLIC_WEB_URL: 'https://chat.example.com' });
  second = await installation.start({ PUBLIC_WEB_URL: 'https://chat.example.com' });
  // Here mails are sent when a test says so.
  for (const service of [auth, second]) await of(service, PeriodicJobs).stop('send mails');
  outbox = auth.app.get(getModelToken(OUTBOX_MAILS), { strict: false });
});
afterAll(() => installation.remove());
beforeEach(async () => {
  await outbox.deleteMany({});
  await auth.http.delete('/dev/mailbox');
});
afterEach(() => {
  jest.restoreAllMocks();
});

const reset: NewMail = {
  to: { name: 'Uma', address: 'uma@example.com' },
  template: 'reset_password',
  facts: { token: 'a-token-of-one-use' },
};
const queue = (mail: NewMail = reset) =>
  inTransaction(auth.app.get<Connection>(getConnectionToken(), { strict: false }), (session) =>
    of(auth, MailOutbox).queue(mail, session),
  );
const send = () => of(auth, MailSender).sendDue();
const mailbox = async (to = 'uma@example.com') =>
  (await auth.http.get(`/dev/mailbox?to=${encodeURIComponent(to)}`)).body.data as Array<Record<string, string>>;

describe('the outbox', () => {
  it('[attack 54] sends what was queued, with a link to PUBLIC_WEB_URL and its token behind the #', async () => {
    await queue();
    await send();
    const [mail, ...others] = await mailbox();
    expect(others).toEqual([]);
    expect(mail!.text).toContain('https://chat.example.com/reset-password#token=a-token-of-one-use');
  });

  it('forgets what a mail was filled with once it is sent', async () => {
    await queue();
    await send();
    expect(await outbox.findOne().lean()).toMatchObject({ state: 'sent', facts: {}, attempts: 1 });
    expect(JSON.stringify(await outbox.find().lean())).not.toContain('a-token-of-one-use');
  });

  it('has nothing to send when the transaction did not happen', async () => {
    const connection = auth.app.get<Connection>(getConnectionToken(), { strict: false });
    await expect(
      inTransaction(connection, async (session) => {
        await of(auth, MailOutbox).queue(reset, session);
        throw new Error('the change failed');
      }),
    ).rejects.toThrow('the change failed');
    expect(await outbox.countDocuments()).toBe(0);
  });

  it('sends each mail once when two instances send side by side', async () => {
    for (let n = 0; n < 12; n++) await queue({ ...reset, to: { name: 'n', address: `n${n}@example.com` } });
    const [first, other] = [of(auth, DevMailbox), of(second, DevMailbox)].map((each) => jest.spyOn(each, 'send'));
    await Promise.all([send(), of(second, MailSender).sendDue()]);
    const sent = [...first!.mock.calls, ...other!.mock.calls].map(([mail]) => mail.to.address);
    expect(sent.length).toBe(new Set(sent).size);
    expect(await outbox.countDocuments({ state: 'sent' })).toBe(12);
  });

  it('tries again after a pause that grows, and sends it in the end', async () => {
    const sending = jest
      .spyOn(of(auth, DevMailbox), 'send')
      .mockRejectedValueOnce(new Error('down'))
      .mockRejectedValueOnce(new Error('down'));
    await queue();
    for (const pause of [0, 1_000, 4_000]) {
      installation.clock.advance(pause);
      await send();
    }
    expect(sending).toHaveBeenCalledTimes(3);
    expect(await mailbox()).toHaveLength(1);
  });

  it('gives up after eight tries, and says so without the address', async () => {
    const failing = Object.assign(new Error('550 no uma@example.com here'), { code: 'ECONNECTION' });
    jest.spyOn(of(auth, DevMailbox), 'send').mockRejectedValue(failing);
    await queue();
    for (let tries = 0; tries < 9; tries++) {
      await send();
      installation.clock.advance(3_600_000);
    }
    expect(await outbox.findOne().lean()).toMatchObject({ state: 'given_up', facts: {}, attempts: 8 });
    const lines = installation.logs.text();
    expect(lines).toContain('a mail was given up');
    expect(lines).not.toMatch(/uma@example\.com|a-token-of-one-use/);
  });

  it('gives up at once what is refused for good', async () => {
    jest.spyOn(of(auth, DevMailbox), 'send').mockRejectedValue(new MailRefused('no such recipient'));
    await queue();
    await send();
    expect(await outbox.findOne().lean()).toMatchObject({ state: 'given_up', attempts: 1 });
  });

  it('is taken over when whoever leased a mail is gone', async () => {
    await queue();
    await outbox.updateOne(
      {},
      { $set: { attempts: 1, next_attempt_at: new Date(installation.clock.now() + 120_000) } },
    );
    await send();
    expect(await mailbox()).toEqual([]);
    installation.clock.advance(120_000);
    await send();
    expect(await mailbox()).toHaveLength(1);
  });
});

describe('the development mailbox', () => {
  beforeEach(async () => {
    await queue();
    await queue({ ...reset, to: { name: '<b>Ben</b>', address: 'ben@example.com' } });
    await send();
  });

  it('lists mails, for one recipient or for all, and reads one', async () => {
    expect(await mailbox()).toHaveLength(1);
    const { body } = await auth.http.get('/dev/mailbox');
    expect(body.data).toHaveLength(2);
    const one = await auth.http.get(`/dev/mailbox/${body.data[0].id as string}`);
    expect([one.status, one.body]).toEqual([200, body.data[0]]);
    expect((await auth.http.get('/dev/mailbox/mail_none')).body.code).toBe('mail_not_found');
  });

  it('is a page without scripts, on which names are text and links can be clicked', async () => {
    const page = await fetch(`${auth.url}/dev/mailbox.html`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).toContain('&lt;b&gt;Ben&lt;/b&gt;');
    expect(html).toContain('<a href="https://chat.example.com/reset-password#token=');
    expect(html).not.toContain('<script');
  });

  it.each([
    ['x-forwarded-for', '203.0.113.7'],
    ['x-forwarded-for', '127.0.0.1, 203.0.113.7'],
    ['x-real-ip', '203.0.113.7'],
    ['x-real-ip', 'localhost'],
    ['forwarded', 'for=203.0.113.7'],
  ])('[attack 69] is not there for whom a proxy names elsewhere (%s: %s)', async (name, value) => {
    for (const path of ['/dev/mailbox', '/dev/mailbox.html', '/dev/mailbox/mail_1']) {
      const { status, body } = await auth.http.get(path, { headers: { [name]: value } });
      expect([status, body.code]).toEqual([404, 'route_not_found']);
    }
    expect((await auth.http.get('/dev/mailbox', { headers: { 'x-forwarded-for': '127.0.0.1' } })).status).toBe(200);
  });

  it('is not there when mails are sent', async () => {
    const sending = await installation.start({ MAIL_MODE: 'smtp', SMTP_URL: 'smtp://127.0.0.1:1' });
    expect((await sending.http.get('/dev/mailbox')).body.code).toBe('route_not_found');
    await installation.stop(sending);
  });

  it.each<[Record<string, string>, RegExp]>([
    [
      { NODE_ENV: 'production', SEED_DEMO: 'false', CORS_ORIGINS: 'https://a.example.com' },
      /MAIL_MODE: .*not for production/,
    ],
    [{ MAIL_MODE: 'smtp' }, /SMTP_URL: is required/],
    [{ MAIL_MODE: 'smtp', SMTP_URL: 'http://mail' }, /SMTP_URL/],
    [{ MAIL_FROM: 'a@b.c\r\nBcc: d@e.f' }, /MAIL_FROM/],
  ])('[attack 69, 106] stops a start with %j', (environment, fault) => {
    expect(() => installation.config(environment)).toThrow(fault);
  });
});

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { MailRefused } from './mailer.js';
import { SmtpMailer } from './smtp-mailer.js';

const mail = {
  id: 'mail_1',
  to: { name: 'Uma, "the" Arden', address: 'Uma+tag@example.com' },
  subject: 'Grüße',
  text: 'ein Text\n',
  html: '<p>ein Text</p>',
};
const refusal = (responseCode: number) => Object.assign(new Error('refused'), { responseCode });

describe('SmtpMailer', () => {
  const received: Array<{ recipients: string[]; mail: Email }> = [];
  let refuseRecipient: number | undefined;
  let refuseMessage: number | undefined;
  let hangUp = false;
  let server: SMTPServer;
  let mailer: SmtpMailer;

  beforeAll(async () => {
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: (_address, _session, done) => done(refuseRecipient ? refusal(refuseRecipient) : undefined),
      onData: (stream, session, done) => {
        if (hangUp) return closeAll(server);
        void readAll(stream).then(async (raw) => {
          if (refuseMessage) return done(refusal(refuseMessage));
          const recipients = session.envelope.rcptTo.map(({ address }) => address);
          received.push({ recipients, mail: await PostalMime.parse(raw) });
          done();
        });
      },
    });
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise<void>((resolve) => server.close(resolve)));
  beforeEach(() => {
    [refuseRecipient, refuseMessage, hangUp, received.length] = [undefined, undefined, false, 0];
    const { port } = server.server.address() as AddressInfo;
    mailer = new SmtpMailer({ url: `smtp://127.0.0.1:${port}`, from: 'Parley <parley@chat.example.com>' });
  });
  afterEach(() => mailer.onModuleDestroy());

  it('sends both parts to one recipient, with an id that is the same at each try', async () => {
    await mailer.send(mail);
    await mailer.send(mail);
    expect(received.map(({ recipients }) => recipients)).toEqual([['Uma+tag@example.com'], ['Uma+tag@example.com']]);
    const [first, second] = received.map((each) => each.mail);
    expect(first).toMatchObject({
      subject: 'Grüße',
      from: { name: 'Parley', address: 'parley@chat.example.com' },
      to: [{ name: 'Uma, "the" Arden', address: 'Uma+tag@example.com' }],
      text: expect.stringMatching(/^ein Text\s*$/),
      messageId: '<mail_1@chat.example.com>',
    });
    expect(first!.html).toContain('<p>ein Text</p>');
    expect(second!.messageId).toBe(first!.messageId);
  });

  it.each([
    '"victim@x.com x"@evil.com',
    'a@x.com\r\nBcc: b@y.com',
    'a@x.com,b@y.com',
    'a(b)@x.com',
    '<a@x.com>',
    'a@x.com b@y.com',
    'a@@x.com',
    '',
  ])('[attack 47] refuses to write to %j, and to anybody that it may stand for', async (address) => {
    await expect(mailer.send({ ...mail, to: { name: 'x', address } })).rejects.toBeInstanceOf(MailRefused);
    await mailer.send(mail);
    expect(received.map(({ recipients }) => recipients)).toEqual([['Uma+tag@example.com']]);
  });

  it('[attack 57] keeps a line break in a name or a subject out of the headers', async () => {
    const name = 'a\r\nBcc: b@y.com';
    await mailer.send({ ...mail, to: { ...mail.to, name }, subject: name });
    expect(received[0]!.recipients).toEqual(['Uma+tag@example.com']);
    expect(received[0]!.mail.bcc ?? []).toEqual([]);
  });

  it.each([550, 553])('gives up a recipient who is refused with %i', async (code) => {
    refuseRecipient = code;
    await expect(mailer.send(mail)).rejects.toBeInstanceOf(MailRefused);
  });

  it('gives up a message that is refused with 554', async () => {
    refuseMessage = 554;
    await expect(mailer.send(mail)).rejects.toBeInstanceOf(MailRefused);
  });

  it.each([421, 450, 452])('leaves it to a later try when the answer is %i', async (code) => {
    refuseRecipient = code;
    const failure: unknown = await mailer.send(mail).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(MailRefused);
    refuseRecipient = undefined;
    await mailer.send(mail);
    expect(received).toHaveLength(1);
  });

  it('leaves it to a later try when the connection breaks in the middle of the message', async () => {
    hangUp = true;
    await expect(mailer.send(mail)).rejects.not.toBeInstanceOf(MailRefused);
  });

  it('leaves it to a later try when nobody is there', async () => {
    const taken: Server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    await new Promise((resolve) => taken.close(resolve));
    const nobody = new SmtpMailer({ url: `smtp://127.0.0.1:${port}`, from: 'parley@example.com' });
    await expect(nobody.send(mail)).rejects.not.toBeInstanceOf(MailRefused);
    nobody.onModuleDestroy();
  });
});

/** As when the server's machine goes down. */
function closeAll(server: SMTPServer): void {
  for (const connection of (server as unknown as { connections: Set<{ _socket: { destroy(): void } }> }).connections)
    connection._socket.destroy();
}

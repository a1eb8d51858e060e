import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { createTransport, type Transporter } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import { Mailer, MailRefused, type OutgoingMail } from './mailer.js';

export interface SmtpSettings {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. */
  url: string;
  /** The sender: an address, or `Name <address>`. */
  from: string;
}

/** Within the lease of a mail, so that nobody else sends it while a slow server is still being waited for. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };

/** Sends over SMTP. */
@Injectable()
export class SmtpMailer extends Mailer implements OnModuleDestroy {
  private readonly transport: Transporter<SMTPPool.SentMessageInfo, SMTPPool.Options>;

  constructor(private readonly settings: SmtpSettings) {
    super();
    const safely = { disableFileAccess: true, disableUrlAccess: true };
    const options: SMTPPool.Options = { url: settings.url, pool: true, maxConnections: 4, ...safely, ...timeouts };
    this.transport = createTransport(options);
  }

  async send({ id, to, subject, text, html }: OutgoingMail): Promise<void> {
    if (!isOneAddress(to.address)) throw new MailRefused('not one plain address');
    const domain = /@([^@>\s]+)>?$/.exec(this.settings.from)?.[1] ?? 'parley.invalid';
    try {
      await this.transport.sendMail({
        from: this.settings.from,
        to,
        subject,
        text,
        html,
        messageId: `<${id}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      throw isForGood(error) ? new MailRefused('the mail server refused it for good', { cause: error }) : error;
    }
  }

  onModuleDestroy(): void {
    this.transport.close();
  }
}

/** No quoted local part, list, comment or line break: what a server might read as two recipients (GHSA-mm7p-fcc7-pg87). */
const isOneAddress = (address: string): boolean =>
  /^[^\s"(),:;<>@[\\\]\p{Cc}]+@[^\s"(),:;<>@[\\\]\p{Cc}]+$/u.test(address);

/** A 5xx for the recipient or for the message (RFC 5321, 4.2.1); one for our own login or greeting may be mended. */
function isForGood(error: unknown): boolean {
  const { code, responseCode = 0 } = error as { code?: string; responseCode?: number };
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500;
}

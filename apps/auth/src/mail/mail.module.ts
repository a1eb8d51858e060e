import { type DynamicModule, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { DEV_MAILS, devMailSchema } from './dev-mailbox/dev-mail.schema.js';
import { DevMailbox } from './dev-mailbox/dev-mailbox.js';
import { DevMailboxController } from './dev-mailbox/dev-mailbox.controller.js';
import { MailOutbox } from './mail-outbox.js';
import { MailSender } from './mail-sender.js';
import { Mailer } from './mailers/mailer.js';
import { OUTBOX_MAILS, outboxMailSchema } from './outbox-mail.schema.js';
import { type SmtpSettings, SmtpMailer } from './mailers/smtp-mailer.js';
import { MAIL_LANGUAGES, MailTemplates, PUBLIC_WEB_URL } from './templates/mail-templates.js';
import { readTemplates } from './templates/read-templates.js';

export interface MailSettings {
  /** The mail server, or undefined for the mailbox of a development installation. */
  smtp: SmtpSettings | undefined;
  /** Where an operator's own templates are. */
  templatesDirectory: string | undefined;
  /** Where links lead. */
  webUrl: string;
}

/** For features that queue mails. */
@Module({
  imports: [MongooseModule.forFeature([{ name: OUTBOX_MAILS, schema: outboxMailSchema }])],
  providers: [MailOutbox],
  exports: [MailOutbox, MongooseModule],
})
export class MailModule {}

/** Sends what was queued. @throws ConfigError for faulty templates */
@Module({})
export class MailSendingModule {
  static for({ smtp, templatesDirectory, webUrl }: MailSettings): DynamicModule {
    const words = [
      { provide: MAIL_LANGUAGES, useValue: readTemplates(templatesDirectory) },
      { provide: PUBLIC_WEB_URL, useValue: webUrl },
      MailTemplates,
      MailSender,
    ];
    if (smtp)
      return {
        module: MailSendingModule,
        imports: [MailModule],
        providers: [...words, { provide: Mailer, useFactory: () => new SmtpMailer(smtp) }],
      };
    return {
      module: MailSendingModule,
      imports: [MailModule, MongooseModule.forFeature([{ name: DEV_MAILS, schema: devMailSchema }])],
      controllers: [DevMailboxController],
      providers: [...words, DevMailbox, { provide: Mailer, useExisting: DevMailbox }],
    };
  }
}

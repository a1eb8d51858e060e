import { z } from 'zod';
import type { MailSettings } from './mail.module.js';

const defaultWebUrl = 'http://localhost:8080';
const onePlainSender = /^(?:[^<>"\p{Cc}]+ )?<?[^\s<>"@\p{Cc}]+@[^\s<>"@\p{Cc}]+>?$/u;

/** What sending mail needs of the environment. */
export const mailEnvironment = {
  /** `smtp`, or `dev`: mails stay in a mailbox that only this machine can read. */
  MAIL_MODE: z.enum(['smtp', 'dev']).default('dev'),
  /** The mail server: `smtp://user:password@host:587`, or `smtps://` for TLS from the first byte. */
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'is not an smtp:// or smtps:// address' }).optional(),
  /** Whom mails are from: an address, or `Name <address>`. */
  MAIL_FROM: z
    .string()
    .regex(onePlainSender, 'is not an address, or "Name <address>"')
    .default('Parley <parley@localhost>'),
  /** A directory with `{language}.json` files, whose mails stand in for the built-in ones. */
  MAIL_TEMPLATES_DIR: z.string().optional(),
};

type Given = z.output<z.ZodObject<typeof mailEnvironment>> & { NODE_ENV?: string; PUBLIC_WEB_URL?: string | undefined };

/** The development mailbox shows links that sign in; and a mail server is nothing to guess. */
export const mailRules = [
  z.refine<Given>(({ NODE_ENV, MAIL_MODE }) => NODE_ENV !== 'production' || MAIL_MODE !== 'dev', {
    path: ['MAIL_MODE'],
    error: 'the development mailbox is not for production; set smtp and SMTP_URL',
    when: () => true,
  }),
  z.refine<Given>(({ MAIL_MODE, SMTP_URL }) => MAIL_MODE !== 'smtp' || SMTP_URL !== undefined, {
    path: ['SMTP_URL'],
    error: 'is required with MAIL_MODE=smtp',
    when: () => true,
  }),
];

export const toMailSettings = ({
  MAIL_MODE,
  SMTP_URL,
  MAIL_FROM,
  MAIL_TEMPLATES_DIR,
  PUBLIC_WEB_URL,
}: Given): MailSettings => ({
  smtp: MAIL_MODE === 'smtp' ? { url: SMTP_URL!, from: MAIL_FROM } : undefined,
  templatesDirectory: MAIL_TEMPLATES_DIR,
  webUrl: PUBLIC_WEB_URL ?? defaultWebUrl,
});

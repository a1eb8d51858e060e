import { isoTime } from '@parley/contracts';
import { z } from 'zod';
import { emailAddress } from '../../users/names.js';
import type { DevMail } from './dev-mail.schema.js';

export const mailboxQuery = z.strictObject({ to: emailAddress.optional() });
export type MailboxQuery = z.infer<typeof mailboxQuery>;

export const mailId = z.string().min(1).max(100);

export const devMailDto = z
  .object({
    id: z.string(),
    to: z.object({ name: z.string(), address: z.string() }),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
    at: isoTime,
  })
  .meta({ id: 'DevMail' });
export type DevMailDto = z.infer<typeof devMailDto>;

export const devMailList = z.object({ data: z.array(devMailDto) }).meta({ id: 'DevMailList' });
export type DevMailList = z.infer<typeof devMailList>;

export const toDevMailDto = ({ _id, to, subject, text, html, at }: DevMail): DevMailDto => ({
  id: _id,
  to,
  subject,
  text,
  html,
  at: at.toISOString(),
});

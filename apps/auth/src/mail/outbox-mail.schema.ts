import { Schema } from 'mongoose';
import type { MailName } from './templates/catalogue.js';

/** A mail that is to be sent. It is written with the change that it tells of, so that neither is there without the other. */
export interface OutboxMail {
  _id: string;
  to: { name: string; address: string };
  /** Which template, in which language (BCP 47). */
  template: MailName;
  language: string;
  /** What the template shows. It may hold a one-time token: it goes when the mail is sent or given up. */
  facts: Readonly<Record<string, string>>;
  state: 'waiting' | 'sent' | 'given_up';
  attempts: number;
  next_attempt_at: Date;
  created_at: Date;
}

export const OUTBOX_MAILS = 'OutboxMail';

export const outboxMailSchema = new Schema<OutboxMail>(
  {
    _id: { type: String, required: true },
    to: { type: { name: String, address: String }, required: true, _id: false },
    template: { type: String, required: true },
    language: { type: String, required: true },
    facts: { type: Schema.Types.Mixed, required: true },
    state: { type: String, enum: ['waiting', 'sent', 'given_up'], required: true },
    attempts: { type: Number, required: true },
    next_attempt_at: { type: Date, required: true },
    created_at: { type: Date, required: true },
  },
  { collection: 'mail_outbox', versionKey: false, minimize: false },
).index({ state: 1, next_attempt_at: 1 });

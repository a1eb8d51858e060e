import { Schema } from 'mongoose';

/** A mail in the mailbox of a development installation, as it would have been sent. */
export interface DevMail {
  _id: string;
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
  at: Date;
}

export const DEV_MAILS = 'DevMail';

export const devMailSchema = new Schema<DevMail>(
  {
    _id: { type: String, required: true },
    to: { type: { name: String, address: String }, required: true, _id: false },
    subject: { type: String, required: true },
    text: { type: String, required: true },
    html: { type: String, required: true },
    at: { type: Date, required: true },
  },
  { collection: 'dev_mails', versionKey: false },
).index({ at: -1 });

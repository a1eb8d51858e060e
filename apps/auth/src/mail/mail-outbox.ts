import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { OUTBOX_MAILS, type OutboxMail } from './outbox-mail.schema.js';

export type NewMail = Pick<OutboxMail, 'to' | 'template' | 'facts'> & { language?: string };

/** Mails that are due. */
@Injectable()
export class MailOutbox {
  constructor(
    @InjectModel(OUTBOX_MAILS) private readonly mails: Model<OutboxMail>,
    private readonly clock: Clock,
  ) {}

  /** @param session the transaction that makes the change which the mail tells of */
  async queue({ language = 'en', ...mail }: NewMail, session: ClientSession): Promise<void> {
    const now = this.clock.date();
    const due = { _id: newId('mail'), ...mail, language, state: 'waiting' as const, attempts: 0, created_at: now };
    await this.mails.create([{ ...due, next_attempt_at: now }], { session });
  }
}

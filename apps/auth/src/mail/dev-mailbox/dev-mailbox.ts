import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { Model } from 'mongoose';
import { Mailer, type OutgoingMail } from '../mailers/mailer.js';
import { DEV_MAILS, type DevMail } from './dev-mail.schema.js';

/** The mailbox shows this many; older ones go. */
const capacity = 200;

/** Where mails end while nobody has set up a mail server: they stay here to be read. */
@Injectable()
export class DevMailbox extends Mailer {
  constructor(
    @InjectModel(DEV_MAILS) private readonly mails: Model<DevMail>,
    private readonly clock: Clock,
  ) {
    super();
  }

  async send({ id, ...mail }: OutgoingMail): Promise<void> {
    await this.mails.replaceOne({ _id: id }, { ...mail, at: this.clock.date() }, { upsert: true });
    const [oldestKept] = await this.newest()
      .skip(capacity - 1)
      .limit(1);
    if (oldestKept) await this.mails.deleteMany({ at: { $lt: oldestKept.at } });
  }

  /** @param to the recipient's address in canonical form; without it those to everybody. Newest first. */
  async list(to?: string): Promise<DevMail[]> {
    const mails = await this.newest().limit(capacity);
    return to === undefined ? mails : mails.filter(({ to: { address } }) => address.toLowerCase() === to);
  }

  find(id: string): Promise<DevMail | null> {
    return this.mails.findById(id).lean<DevMail>();
  }

  async empty(): Promise<void> {
    await this.mails.deleteMany({});
  }

  private newest() {
    return this.mails.find().sort({ at: -1, _id: 1 }).lean<DevMail[]>();
  }
}

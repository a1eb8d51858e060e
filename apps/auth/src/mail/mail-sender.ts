import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, LOGGER, type Logger, Metrics, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { Mailer, MailRefused } from './mailers/mailer.js';
import { OUTBOX_MAILS, type OutboxMail } from './outbox-mail.schema.js';
import { MailTemplates } from './templates/mail-templates.js';

const pauseMs = 1_000;
/** Longer than the slowest try: until then nobody else takes the mail, and afterwards somebody does even if this process is gone. */
const leaseMs = 120_000;
const atOnce = 4;
const maxAttempts = 8;
const longestPauseMs = 3_600_000;
/** How long a mail is remembered that was sent or given up. */
const keepForMs = 7 * 86_400_000;

/** 1 s, 4 s, 16 s, about 1, 4, 17 minutes, an hour. */
const pauseAfter = (attempts: number): number => Math.min(1_000 * 4 ** (attempts - 1), longestPauseMs);

/**
 * Sends what is due. A mail is leased by the write that counts the try, so of several instances one has it. A process that dies
 * between sending and noting it leaves a mail that is sent again: at least once, with the same Message-ID.
 */
@Injectable()
export class MailSender implements OnApplicationBootstrap {
  private readonly outcomes;

  constructor(
    @InjectModel(OUTBOX_MAILS) private readonly mails: Model<OutboxMail>,
    private readonly templates: MailTemplates,
    private readonly mailer: Mailer,
    private readonly jobs: PeriodicJobs,
    private readonly clock: Clock,
    metrics: Metrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.outcomes = metrics.counter('mails_total', 'Tries to send a mail, by how they ended.', ['outcome']);
  }

  onApplicationBootstrap(): void {
    this.jobs.every(pauseMs, 'send mails', (stop) => this.sendDue(stop));
    this.jobs.every(3_600_000, 'forget sent mails', () => this.forgetOld());
  }

  /** Sends until nothing is due, a few at a time. */
  async sendDue(stop?: AbortSignal): Promise<void> {
    const line = async () => {
      while (!stop?.aborted) {
        const mail = await this.lease();
        if (!mail) return;
        await this.trySending(mail);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, line));
  }

  private lease(): Promise<OutboxMail | null> {
    const now = this.clock.date();
    return this.mails
      .findOneAndUpdate(
        { state: 'waiting', next_attempt_at: { $lte: now } },
        { $inc: { attempts: 1 }, $set: { next_attempt_at: new Date(now.getTime() + leaseMs) } },
        { sort: { next_attempt_at: 1 }, returnDocument: 'after' },
      )
      .lean<OutboxMail>();
  }

  private async trySending(mail: OutboxMail): Promise<void> {
    try {
      await this.mailer.send({ id: mail._id, to: mail.to, ...this.templates.render(mail) });
    } catch (error) {
      return this.noteFailure(mail, error);
    }
    await this.end(mail, 'sent');
  }

  private async noteFailure(mail: OutboxMail, error: unknown): Promise<void> {
    const { _id, template, attempts } = mail;
    // What a mail server answers often repeats the address, so only its code is logged.
    const { code, responseCode } = ((error as Error).cause ?? error) as { code?: unknown; responseCode?: unknown };
    const facts = { mail: _id, template, attempts, code, response_code: responseCode };
    if (error instanceof MailRefused || attempts >= maxAttempts) {
      this.logger.error(facts, 'a mail was given up');
      return this.end(mail, 'given_up');
    }
    this.logger.warn(facts, 'a mail could not be sent; it will be tried again');
    this.outcomes.inc({ outcome: 'failed' });
    const next = new Date(this.clock.now() + pauseAfter(attempts));
    await this.mails.updateOne({ _id, state: 'waiting', attempts }, { $set: { next_attempt_at: next } });
  }

  /** The facts go: they may hold a token. */
  private async end({ _id, attempts }: OutboxMail, state: 'sent' | 'given_up'): Promise<void> {
    this.outcomes.inc({ outcome: state });
    await this.mails.updateOne({ _id, state: 'waiting', attempts }, { $set: { state, facts: {} } });
  }

  private async forgetOld(): Promise<void> {
    const before = new Date(this.clock.now() - keepForMs);
    await this.mails.deleteMany({ state: { $in: ['sent', 'given_up'] }, created_at: { $lt: before } });
  }
}

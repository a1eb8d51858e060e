import { Injectable } from '@nestjs/common';
import { Secrets } from '../secrets/secrets.js';
import { type Counter } from './counter.js';
import { Counters } from './counters.js';
import { GuessDigests } from './guess.js';

/** One tells of a wait; of the others somebody may lose one. */
const mailsAnHour = (kind: string): number => (kind === 'unlock' ? 1 : 3);

/** Three mails of a kind an hour at most to one address, whoever asks for them: nobody is to be bombed with ours. */
@Injectable()
export class AddressMailLimit {
  private readonly mails: Counter;
  private readonly digests: GuessDigests;

  constructor(counters: Counters, secrets: Secrets) {
    this.mails = counters.of('mails_to_address', 3_600);
    this.digests = new GuessDigests(secrets.keyFor('throttling'));
  }

  async admit(kind: string, email: string): Promise<boolean> {
    const { count } = await this.mails.add(`${kind} ${this.digests.ofAccount({ email })}`);
    return count <= mailsAnHour(kind);
  }
}

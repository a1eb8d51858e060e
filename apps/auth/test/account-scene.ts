import { getModelToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Model } from 'mongoose';
import { SECURITY_EVENTS, type StoredSecurityEvent } from '../src/security-events/security-event.schema.js';
import { deliverOnDemand } from './mailbox.js';
import { type Person, person, somePassword } from './people.js';
import { AuthInstallation } from './running-auth.js';

/** A password that nobody has yet. */
export const nextPassword = 'another walk, another harbour';

/** One service, whose mails are read on demand, and people who change their own accounts there. */
export class AccountScene {
  readonly installation = new AuthInstallation();
  auth!: TestService;
  private count = 0;

  start = async (): Promise<void> => {
    this.auth = await this.installation.start();
    await deliverOnDemand(this.auth);
  };

  stop = () => this.installation.remove();

  newPerson = () => person(this.auth, `own${++this.count}`);

  login = (email: string, password = somePassword) => this.auth.http.post('/auth/login', { email, password });

  /** The types of what the other services were told about a user. */
  eventsAbout = async (id: string) => {
    const events: Model<StoredSecurityEvent> = this.auth.app.get(getModelToken(SECURITY_EVENTS), { strict: false });
    const found = await events.find({ 'change.sub': id }).lean<StoredSecurityEvent[]>();
    return found.map(({ change }) => change.type);
  };
}

export const nameOf = ({ email }: Person) => email.split('@')[0]!;

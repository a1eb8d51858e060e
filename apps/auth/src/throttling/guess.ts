import { createHmac } from 'node:crypto';
import { networkOf } from '../devices/network.js';

/** One try at a password: at which account, from which address. Both are digests, so that what is stored names nobody. */
export interface Guess {
  account: string;
  address: string;
}

/** An e-mail address or a username in canonical form, so that all ways to write a name lead to one count. */
export type AccountName = { email: string } | { username: string };

export class GuessDigests {
  constructor(private readonly key: Buffer) {}

  /** The account is taken by its name alone, whether or not there is one: what is counted must not tell. */
  of(name: AccountName, ipAddress: string): Guess {
    const account = 'email' in name ? `email ${name.email}` : `username ${name.username}`;
    return { account: this.digest(account), address: this.digest(`network ${networkOf(ipAddress)}`) };
  }

  private digest(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('base64url').slice(0, 22);
  }
}

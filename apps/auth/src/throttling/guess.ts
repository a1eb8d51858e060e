import { createHmac } from 'node:crypto';
import { networkOf } from '../devices/network.js';

/** One try at a password: at which account, from which address. All are digests, so that what is stored names nobody. */
export interface Guess {
  account: string;
  address: string;
  /** The account on a device where it has signed in before; undefined for strangers. */
  knownDevice?: string;
}

/** An e-mail address or a username in canonical form, so that all ways to write a name lead to one count. */
export type AccountName = { email: string } | { username: string };

export class GuessDigests {
  constructor(private readonly key: Buffer) {}

  of(name: AccountName, ipAddress: string): Guess {
    return { account: this.ofAccount(name), address: this.ofNetwork(ipAddress) };
  }

  /** The account is taken by its name alone, whether or not there is one: what is counted must not tell. */
  ofAccount(name: AccountName): string {
    return this.digest('email' in name ? `email ${name.email}` : `username ${name.username}`);
  }

  ofNetwork(ipAddress: string): string {
    return this.digest(`network ${networkOf(ipAddress)}`);
  }

  /** Codes count apart from passwords. */
  ofSecondFactor(userId: string): string {
    return this.digest(`factor ${userId}`);
  }

  /** By whichever name the account is given: a device has one count for it. */
  ofDevice(deviceId: string, userId: string): string {
    return this.digest(`device ${deviceId} ${userId}`);
  }

  private digest(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('base64url').slice(0, 22);
  }
}

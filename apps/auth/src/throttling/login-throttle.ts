import { Injectable } from '@nestjs/common';
import type { Device } from '../devices/device.js';
import { Devices } from '../devices/devices.js';
import { Secrets } from '../secrets/secrets.js';
import { AccountLimit } from './account-limit.js';
import { AddressLimit } from './address-limit.js';
import { Counters } from './counters.js';
import { DeviceLimit } from './device-limit.js';
import { type AccountName, type Guess, GuessDigests } from './guess.js';
import type { Entry, Limit } from './limit.js';
import { SprayingLimit } from './spraying-limit.js';

/**
 * Makes guessing passwords slow. Nothing depends on whether an account exists, and a guess that is refused is never looked at, so an
 * answer tells neither. A device on which the account has signed in before has a limit of its own and none of the strangers'.
 */
@Injectable()
export class LoginThrottle {
  private readonly accounts: AccountLimit;
  private readonly ofStrangers: readonly Limit[];
  private readonly ofKnownDevices: readonly Limit[];
  private readonly digests: GuessDigests;

  constructor(
    counters: Counters,
    secrets: Secrets,
    private readonly devices: Devices,
  ) {
    this.accounts = new AccountLimit(counters);
    this.ofStrangers = [new AddressLimit(counters), new SprayingLimit(counters), this.accounts];
    this.ofKnownDevices = [new DeviceLimit(counters)];
    this.digests = new GuessDigests(secrets.keyFor('throttling'));
  }

  /** @param userId undefined where the name is nobody's */
  guess(name: AccountName, device: Device, userId: string | undefined): Guess {
    const guess = this.digests.of(name, device.ipAddress);
    const deviceId = this.devices.recognise(device, userId);
    if (deviceId === undefined || userId === undefined) return guess;
    return { ...guess, knownDevice: this.digests.ofDevice(deviceId, userId) };
  }

  /**
   * Refuses at the price of a few reads what the limits have closed already.
   * @throws DomainError `too_many_attempts` (429)
   */
  async refuseEarly(guess: Guess): Promise<void> {
    await Promise.all(this.limitsFor(guess).map((limit) => limit.refuseEarly(guess)));
  }

  /**
   * Counts the guess before the password is looked at: of a hundred guesses at once no more get through than one after another.
   * @param check whether the password is right; what it throws says nothing about that, and is not counted
   * @throws DomainError `too_many_attempts` (429)
   */
  async guard(guess: Guess, check: () => Promise<boolean>): Promise<boolean> {
    const entries = await this.enter(guess);
    const isRight = await check().catch(async (error: unknown) => {
      await takeBack(entries);
      throw error;
    });
    if (isRight) await Promise.all(entries.map((entry) => entry.forgive()));
    return isRight;
  }

  /** Whether strangers have to wait before the next guess at the account. */
  isWaiting(guess: Guess): Promise<boolean> {
    return this.accounts.isWaiting(guess);
  }

  /** Ends the wait of an account, by whichever of its names it was guessed at. */
  async unlock({ email, username }: { email: string; username: string }): Promise<void> {
    const accounts = [{ email }, { username }].map((name) => this.digests.ofAccount(name));
    await Promise.all(accounts.map((account) => this.accounts.forget({ account })));
  }

  private limitsFor({ knownDevice }: Guess): readonly Limit[] {
    return knownDevice === undefined ? this.ofStrangers : this.ofKnownDevices;
  }

  /** All limits let it through, or none keeps a count of it. */
  private async enter(guess: Guess): Promise<Entry[]> {
    const results = await Promise.allSettled(this.limitsFor(guess).map((limit) => limit.enter(guess)));
    const entries = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const refused = results.find((result) => result.status === 'rejected');
    if (!refused) return entries;
    await takeBack(entries);
    throw refused.reason;
  }
}

const takeBack = (entries: readonly Entry[]) => Promise.all(entries.map((entry) => entry.takeBack()));

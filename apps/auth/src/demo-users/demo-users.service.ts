import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/platform';
import { PasswordsService } from '../passwords/passwords.service.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import { DEMO_MODE, type DemoMode } from './demo-mode.js';
import { type DemoUser, demoUsers, emailOf, publishedPassword, randomPassword } from './demo-users.js';

const usernames = demoUsers.map(({ username }) => username);

/** Shows a line to whoever starts the service, and to no log. */
export type PrintLine = (line: string) => void;
export const PRINT_LINE = Symbol('PrintLine');

/**
 * The users of a demonstration. Those missing are inserted; those present are left alone, even when their password has
 * changed, except that no published password outlives the step to an exposed demo. While the demo is off nobody finds them.
 */
@Injectable()
export class DemoUsersService implements OnApplicationBootstrap {
  constructor(
    @Inject(DEMO_MODE) private readonly mode: DemoMode,
    @Inject(PRINT_LINE) private readonly print: PrintLine,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const user of demoUsers) await this.markEarlier(user);
    if (this.mode === 'off') return this.tellOfThoseLeft();
    for (const user of demoUsers) await this.prepare(user);
    this.logger.warn({ usernames }, 'demo users can sign in');
  }

  /** Earlier versions stored demo users without a mark: they are known by their address together with the published password. */
  private async markEarlier(user: DemoUser): Promise<void> {
    const stored = await this.users.findUnmarked(emailOf(user));
    if (stored && (await this.hasPublishedPassword(user, stored))) await this.users.markAsDemo(stored._id);
  }

  private async tellOfThoseLeft(): Promise<void> {
    const left = await this.users.demoUsersAmong(usernames);
    if (left.length === 0) return;
    this.logger.warn({ usernames: left }, 'demo users are in the database; they cannot sign in while SEED_DEMO is off');
  }

  private async prepare(user: DemoUser): Promise<void> {
    const stored = await this.users.findByName({ username: user.username });
    if (!stored) return this.insert(user);
    if (this.mode === 'exposed' && stored.demo && (await this.hasPublishedPassword(user, stored))) {
      const password = randomPassword();
      const isMine = await this.users.replacePassword(stored, await this.passwords.hash(password));
      if (isMine) this.tell(user, password);
    }
  }

  /** Another instance may insert them meanwhile; then `add` changes nothing. */
  private async insert(user: DemoUser): Promise<void> {
    const password = this.mode === 'exposed' ? randomPassword() : publishedPassword(user);
    const isMine = await this.users.add({
      ...user,
      email: emailOf(user),
      password_hash: await this.passwords.hash(password),
      email_verified: true,
      status: 'active',
      demo: true,
    });
    if (isMine && this.mode === 'exposed') this.tell(user, password);
  }

  /** The only time that a random password is seen: stored is its hash, and the log never gets it. */
  private tell({ username }: DemoUser, password: string): void {
    this.print(`demo password of ${username}: ${password}`);
  }

  private hasPublishedPassword(user: DemoUser, { password_hash }: User): Promise<boolean> {
    return this.passwords.matches(password_hash, publishedPassword(user));
  }
}

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
 * changed, except that a password which the demo has set goes with its kind: published ones become random when it is exposed, and
 * published again when it no longer is. While the demo is off nobody finds them.
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
    if (stored && (await this.hasPublishedPassword(user, stored))) await this.users.markAsDemo(stored);
  }

  private async tellOfThoseLeft(): Promise<void> {
    const left = await this.users.demoUsersAmong(usernames);
    if (left.length === 0) return;
    this.logger.warn({ usernames: left }, 'demo users are in the database; they cannot sign in while SEED_DEMO is off');
  }

  private async prepare(user: DemoUser): Promise<void> {
    const stored = await this.users.findByName({ username: user.username });
    if (!stored) return this.insert(user);
    const isOurs = stored.demo && stored.demo_password_hash === stored.password_hash;
    if (!isOurs || (await this.hasPublishedPassword(user, stored)) === (this.mode === 'published')) return;
    const { password, hash } = await this.makePassword(user);
    if (await this.users.replaceDemoPassword(stored, hash)) this.tell(user, password);
  }

  /** Another instance may insert them meanwhile; then `add` changes nothing. */
  private async insert(user: DemoUser): Promise<void> {
    const { password, hash } = await this.makePassword(user);
    const isMine = await this.users.add({
      ...user,
      email: emailOf(user),
      password_hash: hash,
      email_verified: true,
      status: 'active',
      demo: true,
      demo_password_hash: hash,
    });
    if (isMine) this.tell(user, password);
  }

  private async makePassword(user: DemoUser): Promise<{ password: string; hash: string }> {
    const password = this.mode === 'exposed' ? randomPassword() : publishedPassword(user);
    return { password, hash: await this.passwords.hash(password) };
  }

  /** The only time that a random password is seen: stored is its hash, and the log never gets it. */
  private tell({ username }: DemoUser, password: string): void {
    if (this.mode !== 'exposed') return;
    this.print(`demo password of ${username}: ${password}`);
  }

  private hasPublishedPassword(user: DemoUser, { password_hash }: User): Promise<boolean> {
    return this.passwords.matches(password_hash, publishedPassword(user));
  }
}

import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/platform';
import { PasswordsService } from '../passwords/passwords.service.js';
import { type PlatformRole } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';

interface DemoUser {
  username: string;
  first_name: string;
  last_name: string;
  platform_role: PlatformRole;
}

const demoUsers: readonly DemoUser[] = [
  { username: 'user1', first_name: 'Uma', last_name: 'Arden', platform_role: 'user' },
  { username: 'user2', first_name: 'Tariq', last_name: 'Bell', platform_role: 'user' },
  { username: 'admin', first_name: 'Ada', last_name: 'Keller', platform_role: 'platform_admin' },
];

/**
 * The users of a demonstration, with published passwords (`parley-<username>-demo`). Those missing are inserted;
 * those present are left alone, even when their password has changed.
 */
@Injectable()
export class DemoUsersService implements OnApplicationBootstrap {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const user of demoUsers) await this.insertOnce(user);
    this.logger.warn({ usernames: demoUsers.map(({ username }) => username) }, 'demo users can sign in');
  }

  private async insertOnce({ username, ...person }: DemoUser): Promise<void> {
    if (await this.users.findByName({ username })) return;
    // Another instance may insert them meanwhile; then `add` changes nothing.
    await this.users.add({
      ...person,
      username,
      email: `${username}@example.com`,
      password_hash: await this.passwords.hash(`parley-${username}-demo`),
      email_verified: true,
      status: 'active',
    });
  }
}

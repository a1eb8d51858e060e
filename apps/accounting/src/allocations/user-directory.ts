import { Injectable } from '@nestjs/common';
import { ServiceTokenClient } from '@parley/auth';
import { internalUser } from '@parley/contracts';
import { ServiceClient } from '@parley/platform';

/** Asks auth who exists. */
@Injectable()
export class UserDirectory {
  constructor(
    private readonly auth: ServiceClient,
    private readonly tokens: ServiceTokenClient,
  ) {}

  /** @throws DomainError `auth_unavailable` (503) when that cannot be known right now */
  async exists(userId: string): Promise<boolean> {
    const headers = await this.tokens.authorization('auth');
    const { status, body } = await this.auth.call(`/internal/users/${encodeURIComponent(userId)}`, { headers });
    if (status === 404) return false;
    const user = internalUser.safeParse(body);
    if (status !== 200 || user.data?.id !== userId) throw this.auth.unavailable(`the user look-up answered ${status}`);
    return true;
  }
}

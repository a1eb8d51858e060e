import { Injectable } from '@nestjs/common';
import { ServiceTokenClient } from '@parley/auth';
import { ServiceClient } from '@parley/platform';
import { z } from 'zod';

const known = z.object({ id: z.string() });

/** Asks auth who exists. */
@Injectable()
export class Directory {
  constructor(
    private readonly auth: ServiceClient,
    private readonly tokens: ServiceTokenClient,
  ) {}

  /** @throws DomainError `auth_unavailable` (503) when auth cannot be asked right now */
  hasUser(userId: string): Promise<boolean> {
    return this.has('users', userId);
  }

  /** @throws DomainError `auth_unavailable` (503) when auth cannot be asked right now */
  hasOrganization(orgId: string): Promise<boolean> {
    return this.has('organizations', orgId);
  }

  private async has(kind: 'users' | 'organizations', id: string): Promise<boolean> {
    const headers = await this.tokens.authorization('auth');
    const { status, body } = await this.auth.call(`/internal/${kind}/${encodeURIComponent(id)}`, { headers });
    if (status === 404) return false;
    const found = known.safeParse(body);
    if (status !== 200 || found.data?.id !== id) throw this.auth.unavailable(`the look-up answered ${status}`);
    return true;
  }
}

import { Injectable } from '@nestjs/common';
import { ServiceTokenClient } from '@parley/auth';
import { ServiceClient } from '@parley/platform';
import { z } from 'zod';

const known = z.object({ id: z.string() });
const members = z.object({
  data: z.array(z.object({ user_id: z.string() })),
  next_cursor: z.string().nullable(),
});

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

  /**
   * Those who are active members of an organisation, a page at a time; nobody where there is no such organisation.
   * @throws DomainError `auth_unavailable` (503)
   */
  async *membersOf(orgId: string): AsyncGenerator<string[]> {
    const path = `/internal/organizations/${encodeURIComponent(orgId)}/members`;
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = new URLSearchParams({ limit: '100', ...(cursor ? { cursor } : {}) });
      const headers = await this.tokens.authorization('auth');
      const { status, body } = await this.auth.call(`${path}?${query.toString()}`, { headers });
      if (status === 404) return;
      const page = members.safeParse(body);
      if (status !== 200 || !page.success) throw this.auth.unavailable(`the list of members answered ${status}`);
      yield page.data.data.map(({ user_id }) => user_id);
      cursor = page.data.next_cursor;
    }
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

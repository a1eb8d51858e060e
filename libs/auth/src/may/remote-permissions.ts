import { grants, type Grants } from '@parley/contracts';
import type { Clock, ServiceClient } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { ServiceTokenClient } from '../services/service-token-client.js';
import type { UserPrincipal } from '../who/principal.js';
import { PermissionSource } from './permission-source.js';

/** A change of rights takes effect everywhere within two seconds, so no older answer is used. */
const freshForMs = 2_000;
const maxRemembered = 10_000;

/** Asks auth over HTTP, at most once every two seconds for each user and organisation. */
export class RemotePermissions extends PermissionSource {
  private readonly remembered = new Map<string, { askedAt: number; answer: Promise<Grants> }>();

  constructor(
    private readonly auth: ServiceClient,
    private readonly tokens: ServiceTokenClient,
    private readonly clock: Clock,
  ) {
    super();
  }

  grantsOf({ userId, orgId }: UserPrincipal): Promise<Grants> {
    const key = `${userId} ${orgId ?? ''}`;
    const known = this.remembered.get(key);
    if (known && this.clock.now() - known.askedAt < freshForMs) return known.answer;
    const answer = this.ask(userId, orgId);
    this.remember(key, answer);
    return answer;
  }

  private remember(key: string, answer: Promise<Grants>): void {
    this.remembered.delete(key);
    if (this.remembered.size >= maxRemembered) this.remembered.delete(this.remembered.keys().next().value!);
    this.remembered.set(key, { askedAt: this.clock.now(), answer });
    // A failure is not remembered: the next request asks again.
    answer.catch(() => {
      if (this.remembered.get(key)?.answer === answer) this.remembered.delete(key);
    });
  }

  private async ask(userId: string, orgId: string | null): Promise<Grants> {
    const query = new URLSearchParams({ user_id: userId, ...(orgId === null ? {} : { org_id: orgId }) });
    const headers = await this.tokens.authorization('auth');
    const { status, body } = await this.auth.call(`/internal/authz/grants?${query.toString()}`, { headers });
    if (status === 401) this.tokens.forget('auth');
    if (status === 404) throw AuthErrors.accountDisabled();
    if (status !== 200) throw this.auth.unavailable(`grants answered ${status}`);
    return grants.parse(body);
  }
}

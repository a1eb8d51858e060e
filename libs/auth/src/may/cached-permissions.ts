import { grants, type Grants, type SecurityChange } from '@parley/contracts';
import { type Clock, DomainError, type ServiceClient } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Revocations } from '../revocations/revocations.js';
import type { ServiceTokenClient } from '../services/service-token-client.js';
import type { UserPrincipal } from '../who/principal.js';
import type { PermissionCatalogue } from './permission-catalogue.js';
import { PermissionSource } from './permission-source.js';
import { noMember } from './standing.js';

/** The net below the events: whatever happens, no older answer is used. */
const freshForMs = 60_000;
const maxRemembered = 10_000;

interface Remembered {
  apiKeyId: string | undefined;
  userId: string;
  orgId: string | null;
  askedAt: number;
  answer: Promise<Grants>;
  /** The same, once it is there. */
  grants?: Grants;
}

/**
 * What users may do, asked of auth once for each user and organisation and then remembered until an event says that it may have
 * changed. An entry is there from the moment that auth is asked, and an event removes it: an answer that was on its way then
 * reaches those who were already waiting for it, and nobody else.
 */
export class CachedPermissions extends PermissionSource {
  private readonly remembered = new Map<string, Remembered>();

  constructor(
    private readonly auth: ServiceClient,
    private readonly tokens: ServiceTokenClient,
    private readonly clock: Clock,
    revocations: Revocations,
    catalogue: PermissionCatalogue,
  ) {
    super(catalogue);
    revocations.onChange((change) => this.forgetWhatChanged(change));
  }

  grantsOf(user: UserPrincipal): Promise<Grants> {
    const known = this.find(user);
    if (known) return known.answer;
    const { userId, orgId, apiKey } = user;
    const apiKeyId = apiKey?.id;
    const answer = this.ask(userId, orgId, apiKeyId);
    this.remember(keyOf(user), { userId, orgId, apiKeyId, askedAt: this.clock.now(), answer });
    return answer;
  }

  override recall(user: UserPrincipal): Grants | undefined {
    return this.find(user)?.grants;
  }

  override forget(user: UserPrincipal): void {
    this.remembered.delete(keyOf(user));
  }

  private find(user: UserPrincipal): Remembered | undefined {
    const known = this.remembered.get(keyOf(user));
    return known && this.clock.now() - known.askedAt < freshForMs ? known : undefined;
  }

  private forgetWhatChanged(change: SecurityChange): void {
    if ('org_id' in change && change.org_id !== null) {
      const { org_id: orgId } = change;
      const userId = 'sub' in change ? change.sub : undefined;
      this.forgetAll((entry) => entry.orgId === orgId && (userId ?? entry.userId) === entry.userId);
    } else if ('sub' in change) {
      this.forgetAll(({ userId }) => userId === change.sub);
    } else if (change.type === 'api-key-revoked') {
      this.forgetAll(({ apiKeyId }) => apiKeyId === change.key_id);
    }
  }

  private forgetAll(isConcerned: (entry: Remembered) => boolean): void {
    for (const [key, entry] of this.remembered) if (isConcerned(entry)) this.remembered.delete(key);
  }

  private remember(key: string, entry: Remembered): void {
    this.remembered.delete(key);
    if (this.remembered.size >= maxRemembered) this.remembered.delete(this.remembered.keys().next().value!);
    this.remembered.set(key, entry);
    entry.answer.then(
      (answer) => (entry.grants = answer),
      // A failure is not remembered: the next request asks again.
      () => this.remembered.get(key) === entry && this.remembered.delete(key),
    );
  }

  private async ask(userId: string, orgId: string | null, apiKeyId: string | undefined): Promise<Grants> {
    const query = new URLSearchParams({
      user_id: userId,
      ...(orgId === null ? {} : { org_id: orgId }),
      ...(apiKeyId === undefined ? {} : { api_key_id: apiKeyId }),
    });
    const answer = await this.tokens
      .call('auth', this.auth, `/internal/authz/grants?${query.toString()}`)
      .catch(unknown);
    if (answer.status === 404) {
      const isGone = (answer.body as { code?: unknown } | null)?.code !== 'organization_not_found' || orgId === null;
      if (isGone) throw AuthErrors.accountDisabled();
      return noMember(userId, orgId);
    }
    if (answer.status !== 200) throw AuthErrors.rightsUnavailable(`grants answered ${answer.status}`);
    return grants.parse(answer.body);
  }
}

const keyOf = ({ userId, orgId, apiKey }: UserPrincipal): string => `${userId} ${orgId ?? ''} ${apiKey?.id ?? ''}`;

/** That auth cannot be asked is no answer. */
const unknown = (error: unknown): never => {
  throw error instanceof DomainError ? AuthErrors.rightsUnavailable(error) : error;
};

import { apiKeyAnswer, type ApiKeyAnswer } from '@parley/contracts';
import { type Clock, DomainError, type ServiceClient } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Revocations } from '../revocations/revocations.js';
import type { SecurityFeed } from '../revocations/security-feed.js';
import type { ServiceTokenClient } from '../services/service-token-client.js';
import type { UserPrincipal } from '../who/principal.js';
import { ApiKeys } from './api-keys.js';
import { hashOfApiKey, isApiKey } from './key-format.js';
import { KnownApiKeys } from './known-api-keys.js';

/** What it is built from. */
export interface ApiKeyParts {
  auth: ServiceClient;
  tokens: ServiceTokenClient;
  feed: SecurityFeed;
  revocations: Revocations;
  clock: Clock;
}

const refusals = {
  invalid_token: AuthErrors.tokenInvalid,
  token_expired: AuthErrors.tokenExpired,
  account_disabled: AuthErrors.accountDisabled,
} as const;

/** Asks auth about each key once, and then again when something has changed or a minute is over. */
export class RemoteApiKeys extends ApiKeys {
  private readonly known = new KnownApiKeys();

  constructor(private readonly parts: ApiKeyParts) {
    super();
    parts.revocations.onChange((change) => this.known.forgetWhatChanged(change));
  }

  verify(key: string): Promise<UserPrincipal> {
    return this.read(key, (hash) => this.known.find(hash, this.parts.clock.now()) ?? this.ask(hash));
  }

  verifyAnew(key: string): Promise<UserPrincipal> {
    return this.read(key, (hash) => this.ask(hash));
  }

  private async read(key: string, answerOf: (hash: string) => Promise<ApiKeyAnswer>): Promise<UserPrincipal> {
    if (!isApiKey(key)) throw AuthErrors.tokenInvalid();
    const waiting = this.parts.feed.ready();
    if (waiting) await waiting;
    const answer = await answerOf(hashOfApiKey(key));
    if (!answer.active) throw refusals[answer.code]();
    const principal = toPrincipal(answer);
    // The end of a key is to the millisecond, and by our own clock: nothing is sent for it.
    if (principal.expiresAt <= this.parts.clock.now()) throw AuthErrors.tokenExpired();
    const refusal = this.parts.revocations.refusalOf(principal);
    if (refusal) throw refusal;
    return principal;
  }

  private ask(hash: string): Promise<ApiKeyAnswer> {
    const answer = this.request(hash);
    this.known.remember(hash, this.parts.clock.now(), answer);
    return answer;
  }

  private async request(hash: string): Promise<ApiKeyAnswer> {
    const { auth, tokens } = this.parts;
    const request = { method: 'POST', body: { key_hash: hash } } as const;
    const { status, body } = await tokens.call('auth', auth, '/internal/api-keys/verify', request).catch(unknown);
    if (status !== 200) throw AuthErrors.rightsUnavailable(`the verification of a key answered ${status}`);
    return apiKeyAnswer.parse(body);
  }
}

/** There is no login session and no signing key behind it: the key itself is in the place of both, for whoever follows what ends. */
const toPrincipal = ({
  key_id: id,
  user_id: userId,
  org_id: orgId,
  cap_ucr: capUcr,
  valid_until,
}: Extract<ApiKeyAnswer, { active: true }>): UserPrincipal => ({
  ...{ kind: 'user', userId, orgId, loginSessionId: id, keyId: id, issuedAtMs: 0, authTime: 0, amr: [] },
  ...{ roleId: null, membershipVersion: 0, expiresAt: valid_until ?? Number.MAX_SAFE_INTEGER, apiKey: { id, capUcr } },
});

/** That auth cannot be asked is no answer. */
const unknown = (error: unknown): never => {
  throw error instanceof DomainError ? AuthErrors.rightsUnavailable(error) : error;
};

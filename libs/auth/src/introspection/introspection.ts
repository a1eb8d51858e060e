import { Injectable } from '@nestjs/common';
import { introspectionAnswer } from '@parley/contracts';
import { DomainError, type ServiceClient } from '@parley/platform';
import type { ApiKeys } from '../api-keys/api-keys.js';
import { looksLikeApiKey } from '../api-keys/key-format.js';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { ServiceTokenClient } from '../services/service-token-client.js';

/** Whether an access token or API key is good right now, as auth says. */
export abstract class Introspection {
  /** @throws DomainError what the token is refused with, or `authz_unavailable` (503) when auth cannot say */
  abstract require(accessToken: string): Promise<void>;
}

/** Auth's own guard has asked everything that there is to ask. */
@Injectable()
export class LocalIntrospection extends Introspection {
  require(): Promise<void> {
    return Promise.resolve();
  }
}

const refusals: Readonly<Record<string, () => DomainError>> = {
  session_revoked: AuthErrors.sessionRevoked,
  credential_changed: AuthErrors.credentialChanged,
  account_disabled: AuthErrors.accountDisabled,
  token_expired: AuthErrors.tokenExpired,
};

/** Asks auth over HTTP (after RFC 7662). */
export class RemoteIntrospection extends Introspection {
  constructor(
    private readonly auth: ServiceClient,
    private readonly tokens: ServiceTokenClient,
    private readonly apiKeys: ApiKeys,
  ) {
    super();
  }

  async require(token: string): Promise<void> {
    if (looksLikeApiKey(token)) return void (await this.apiKeys.verifyAnew(token));
    const request = { method: 'POST', body: { token } } as const;
    const { status, body } = await this.tokens.call('auth', this.auth, '/internal/introspect', request).catch(unknown);
    if (status !== 200) throw AuthErrors.rightsUnavailable(`introspect answered ${status}`);
    const { active, code } = introspectionAnswer.parse(body);
    if (!active) throw (refusals[code ?? ''] ?? AuthErrors.tokenInvalid)();
  }
}

/** That auth cannot be asked is no answer. */
const unknown = (error: unknown): never => {
  throw error instanceof DomainError ? AuthErrors.rightsUnavailable(error) : error;
};

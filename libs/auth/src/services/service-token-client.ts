import { tokenResponse } from '@parley/contracts';
import type { Clock, ServiceAnswer, ServiceClient, ServiceRequest } from '@parley/platform';

/** A token is renewed this long before it expires. */
const renewBeforeMs = 60_000;

export interface ServiceCredentials {
  clientId: 'chat' | 'accounting';
  clientSecret: string;
}

/** Fetches and keeps this service's own tokens (RFC 6749, 4.4), one for each audience. */
export class ServiceTokenClient {
  private readonly tokens = new Map<string, { token: string; renewAt: number }>();
  private readonly fetching = new Map<string, Promise<string>>();

  constructor(
    private readonly auth: ServiceClient,
    private readonly credentials: ServiceCredentials,
    private readonly clock: Clock,
  ) {}

  /** The `Authorization` header for calls to `audience`. @throws DomainError `auth_unavailable` */
  async authorization(audience: 'auth' | 'accounting'): Promise<{ authorization: string }> {
    const kept = this.tokens.get(audience);
    const token = kept && kept.renewAt > this.clock.now() ? kept.token : await this.fetchOnce(audience);
    return { authorization: `Bearer ${token}` };
  }

  /** Drops a token that auth no longer accepts, as after a change of its keys; the next call fetches another. */
  forget(audience: 'auth' | 'accounting'): void {
    this.tokens.delete(audience);
  }

  /** Drops all of them: a key with which they may be signed was revoked. */
  forgetAll(): void {
    this.tokens.clear();
  }

  /**
   * Calls a service as ourselves. A token that is refused was signed by a key that has been revoked since, so the call is
   * made once more with another one.
   * @throws DomainError `<service>_unavailable`
   */
  async call(
    audience: 'auth' | 'accounting',
    service: ServiceClient,
    path: string,
    request: ServiceRequest = {},
  ): Promise<ServiceAnswer> {
    const once = async (): Promise<ServiceAnswer> =>
      service.call(path, { ...request, headers: { ...request.headers, ...(await this.authorization(audience)) } });
    const answer = await once();
    if (answer.status !== 401) return answer;
    this.forget(audience);
    return once();
  }

  private fetchOnce(audience: string): Promise<string> {
    const pending = this.fetching.get(audience) ?? this.fetch(audience).finally(() => this.fetching.delete(audience));
    this.fetching.set(audience, pending);
    return pending;
  }

  private async fetch(audience: string): Promise<string> {
    const { clientId, clientSecret } = this.credentials;
    const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, audience };
    const answer = await this.auth.call('/oauth/token', { method: 'POST', body });
    if (answer.status !== 200) throw this.auth.unavailable(`the service token was refused with ${answer.status}`);
    const { access_token: token, expires_in: expiresIn } = tokenResponse.parse(answer.body);
    this.tokens.set(audience, { token, renewAt: this.clock.now() + expiresIn * 1000 - renewBeforeMs });
    return token;
  }
}

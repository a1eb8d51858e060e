import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '@parley/platform';
import * as oidc from 'openid-client';
import { ProviderErrors } from './identity-providers.errors.js';
import { isLoopbackUrl, type ProvidersConfig, type ProviderSettings, PROVIDERS_CONFIG } from './provider-settings.js';

const timeoutSeconds = 5;
const rememberedForMs = 3_600_000;

/** What a provider says about whom it has signed in. */
export interface ProvedIdentity {
  issuer: string;
  subject: string;
  email: string | null;
  emailVerified: boolean;
  givenName: string;
  familyName: string;
}

export interface FlowSecrets {
  state: string;
  nonce: string;
  verifier: string;
}

/** Talks with the providers of the configuration: OpenID Connect, code flow with PKCE (RFC 9700). */
@Injectable()
export class ProviderClients {
  private readonly discovered = new Map<string, { at: number; client: oidc.Configuration }>();

  constructor(
    @Inject(PROVIDERS_CONFIG) private readonly config: ProvidersConfig,
    private readonly clock: Clock,
  ) {}

  get all(): readonly ProviderSettings[] {
    return this.config.providers;
  }

  /** @throws DomainError `provider_not_found` */
  settings(id: string): ProviderSettings {
    const found = this.config.providers.find((provider) => provider.id === id);
    if (!found) throw ProviderErrors.notFound();
    return found;
  }

  /** @returns where to send the browser, and what its return is checked against. @throws DomainError `provider_unavailable` */
  async begin(provider: ProviderSettings): Promise<FlowSecrets & { url: string }> {
    const client = await this.clientOf(provider);
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
    const url = oidc.buildAuthorizationUrl(client, {
      redirect_uri: this.callbackUrl(provider),
      scope: provider.scopes,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, state, nonce, verifier };
  }

  /**
   * Exchanges the code. The issuer of the answer (RFC 9207) and of the ID token must be this provider.
   * @param query the query that the browser came back with
   * @throws DomainError `provider_denied`, `provider_answer_invalid`, `provider_unavailable`
   */
  async finish(
    provider: ProviderSettings,
    query: string,
    { state, nonce, verifier }: FlowSecrets,
  ): Promise<ProvedIdentity> {
    const client = await this.clientOf(provider);
    const url = new URL(`${this.callbackUrl(provider)}?${query}`);
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
    const tokens = await oidc.authorizationCodeGrant(client, url, checks).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const claims = tokens.claims();
    if (!claims) throw ProviderErrors.answerInvalid();
    const more = claims.email === undefined ? await this.userInfo(client, tokens.access_token, claims.sub) : {};
    return toIdentity({ ...more, ...claims });
  }

  /** Many providers put addresses there and not into the token. */
  private async userInfo(client: oidc.Configuration, token: string, subject: string): Promise<Record<string, unknown>> {
    if (!client.serverMetadata().userinfo_endpoint) return {};
    return oidc.fetchUserInfo(client, token, subject).catch((error: unknown) => {
      throw refusalOf(error);
    });
  }

  private async clientOf({ issuer, client_id, client_secret }: ProviderSettings): Promise<oidc.Configuration> {
    const known = this.discovered.get(issuer);
    if (known && this.clock.now() - known.at < rememberedForMs) return known.client;
    const execute = isLoopbackUrl(issuer) ? [oidc.allowInsecureRequests] : [];
    const authentication = oidc.ClientSecretPost(client_secret);
    const client = await oidc
      .discovery(new URL(issuer), client_id, undefined, authentication, { execute, timeout: timeoutSeconds })
      .catch((cause: unknown) => {
        throw ProviderErrors.unavailable(nameOf(cause));
      });
    this.discovered.set(issuer, { at: this.clock.now(), client });
    return client;
  }

  private callbackUrl = ({ id }: ProviderSettings): string => `${this.config.publicUrl}/auth/providers/${id}/callback`;
}

/** The library's errors quote what came, which may be a code or a token: only their names are kept. */
const nameOf = (error: unknown): string => {
  const { name, code } = error as { name?: unknown; code?: unknown };
  return `${String(name)} ${typeof code === 'string' ? code : ''}`.trim();
};

function refusalOf(error: unknown) {
  if (error instanceof oidc.AuthorizationResponseError) return ProviderErrors.denied();
  const { code, status, name, cause } = error as { code?: unknown; status?: unknown; name?: unknown; cause?: unknown };
  const isDown = code === 'OAUTH_TIMEOUT' || error instanceof TypeError || name === 'TimeoutError';
  // An answer without the form of an error comes as the cause.
  const answered = status ?? (cause instanceof Response ? cause.status : undefined);
  if (isDown || (typeof answered === 'number' && answered >= 500)) return ProviderErrors.unavailable(nameOf(error));
  return ProviderErrors.answerInvalid(nameOf(error));
}

function toIdentity(claims: Record<string, unknown>): ProvedIdentity {
  const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '');
  return {
    issuer: text('iss'),
    subject: text('sub'),
    email: text('email') || null,
    emailVerified: claims.email_verified === true,
    givenName: text('given_name') || text('name'),
    familyName: text('family_name'),
  };
}

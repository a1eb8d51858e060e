import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { TokenRequest, TokenResponse } from '@parley/contracts';
import { TokenSigner } from '../keys/token-signer.js';
import { serviceScopesOf } from './service-token.policy.js';
import { ServiceTokenErrors } from './service-tokens.errors.js';

/** The secret that each service proves itself with. */
export type ServiceSecrets = Readonly<Record<TokenRequest['client_id'], string>>;
export const SERVICE_SECRETS = Symbol('ServiceSecrets');

/** Short, because a service token cannot be revoked. */
const lifeSeconds = 300;

/** Tokens with which one service calls another (RFC 6749, 4.4). */
@Injectable()
export class ServiceTokensService {
  constructor(
    @Inject(SERVICE_SECRETS) private readonly secrets: ServiceSecrets,
    private readonly signer: TokenSigner,
  ) {}

  /** @throws DomainError `invalid_client`; or, told only to a client with the right secret, `audience_denied` */
  issue({ client_id: client, client_secret: secret, audience }: TokenRequest): TokenResponse {
    if (!isSame(secret, this.secrets[client])) throw ServiceTokenErrors.invalidClient();
    const scopes = serviceScopesOf[client][audience];
    if (!scopes) throw ServiceTokenErrors.audienceDenied(audience);
    const scope = scopes.join(' ');
    const { token } = this.signer.sign('service', lifeSeconds, { aud: audience, sub: `svc:${client}`, scope });
    return { access_token: token, token_type: 'Bearer', expires_in: lifeSeconds, scope };
  }
}

/** Compares digests, so that neither the length nor the place of the first difference shows in the time it takes. */
const isSame = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected));
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

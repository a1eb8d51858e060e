import { Injectable } from '@nestjs/common';
import { ApiKeys } from '../api-keys/api-keys.js';
import { looksLikeApiKey } from '../api-keys/key-format.js';
import { SensitiveCalls } from '../introspection/sensitive-calls.js';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { UserPrincipal } from '../who/principal.js';
import { TokenVerifier } from './token-verifier.js';

/** Reads the user on whose behalf a service calls, from their own access token or API key in `X-Subject-Token`. */
@Injectable()
export class SubjectTokens {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly sensitive: SensitiveCalls,
    private readonly apiKeys: ApiKeys,
  ) {}

  /** For what is as grave as a `@Sensitive()` route. @throws DomainError as `read`, or `authz_unavailable` */
  async readSensitive(token: string | undefined): Promise<UserPrincipal> {
    const user = await this.read(token);
    await this.sensitive.require(user, token);
    return user;
  }

  /** @throws DomainError `subject_token_missing`, and what `TokenVerifier.verify` or `ApiKeys.verify` refuses */
  async read(token: string | undefined): Promise<UserPrincipal> {
    if (!token) throw AuthErrors.subjectTokenMissing();
    if (looksLikeApiKey(token)) return this.apiKeys.verify(token);
    const principal = await this.verifier.verify(token);
    if (principal.kind !== 'user') throw AuthErrors.tokenInvalid();
    return principal;
  }
}

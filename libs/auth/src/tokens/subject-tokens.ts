import { Injectable } from '@nestjs/common';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { UserPrincipal } from '../who/principal.js';
import { TokenVerifier } from './token-verifier.js';

/** Reads the user on whose behalf a service calls, from their own access token in `X-Subject-Token`. */
@Injectable()
export class SubjectTokens {
  constructor(private readonly verifier: TokenVerifier) {}

  /** @throws DomainError `subject_token_missing`, `invalid_token`, `token_expired`, `auth_unavailable` */
  async read(token: string | undefined): Promise<UserPrincipal> {
    if (!token) throw AuthErrors.subjectTokenMissing();
    const principal = await this.verifier.verify(token);
    if (principal.kind !== 'user') throw AuthErrors.tokenInvalid();
    return principal;
  }
}

import { Injectable } from '@nestjs/common';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { UserPrincipal } from '../who/principal.js';

/** Finds out whose an API key is. */
export abstract class ApiKeys {
  /**
   * @returns its owner, who may do no more than the key is for
   * @throws DomainError `invalid_token`, `token_expired`, `account_disabled`, or `authz_unavailable` (503) when it is not known yet and
   *   auth cannot say
   */
  abstract verify(key: string): Promise<UserPrincipal>;

  /** The same, whatever is remembered. */
  abstract verifyAnew(key: string): Promise<UserPrincipal>;
}

/** For auth itself: accounts, sessions and keys are for people, so a key is worth nothing there. */
@Injectable()
export class NoApiKeys extends ApiKeys {
  verify(): Promise<UserPrincipal> {
    return Promise.reject(AuthErrors.tokenInvalid());
  }

  verifyAnew(): Promise<UserPrincipal> {
    return this.verify();
  }
}

import { Injectable } from '@nestjs/common';
import { PermissionSource } from '../may/permission-source.js';
import { SecurityFeed } from '../revocations/security-feed.js';
import type { UserPrincipal } from '../who/principal.js';
import { Introspection } from './introspection.js';

/** What must not be done with a token that may have been revoked without this service knowing. */
@Injectable()
export class SensitiveCalls {
  constructor(
    private readonly feed: SecurityFeed,
    private readonly introspection: Introspection,
    private readonly permissions: PermissionSource,
  ) {}

  /**
   * While nothing is heard from the feed, auth itself is asked: whether the token is good, and once more what its user may do.
   * @param accessToken undefined when the user came with another credential, whose reader then answers for it
   * @throws DomainError what the token is refused with, or `authz_unavailable`
   */
  async require(user: UserPrincipal, accessToken: string | undefined): Promise<void> {
    if (!this.feed.isStale) return;
    this.permissions.forget(user);
    if (accessToken !== undefined) await this.introspection.require(accessToken);
  }
}

import type { KeyObject } from 'node:crypto';

/** Where public signing keys come from: auth's own store, or its JWKS over HTTP. */
export abstract class VerificationKeys {
  /**
   * @returns the key, or undefined when no such key was ever published
   * @throws DomainError `auth_unavailable` (503) when that cannot be known right now
   */
  abstract find(kid: string): Promise<KeyObject | undefined>;

  /** Whether a published key is one that tokens are signed with by now. Asked once the signature is right. */
  abstract isInUse(kid: string): Promise<boolean>;
}

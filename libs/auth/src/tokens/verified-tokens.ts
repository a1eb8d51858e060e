import { hash } from 'node:crypto';
import type { Principal } from '../who/principal.js';

const maxRemembered = 10_000;

/** The principals of verified tokens, under the token's SHA-256 so that no token stays in memory. When full, the oldest goes. */
export class VerifiedTokens {
  private readonly principals = new Map<string, Principal>();

  find(token: string): Principal | undefined {
    return this.principals.get(digest(token));
  }

  remember(token: string, principal: Principal): void {
    if (this.principals.size >= maxRemembered) this.principals.delete(this.principals.keys().next().value!);
    this.principals.set(digest(token), principal);
  }

  forget(token: string): void {
    this.principals.delete(digest(token));
  }
}

const digest = (token: string): string => hash('sha256', token, 'base64');

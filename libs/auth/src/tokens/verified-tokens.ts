import type { Principal } from '../who/principal.js';

const maxRemembered = 10_000;

/**
 * The principals of verified tokens, under the tokens themselves: a digest for each request would cost a quarter of the guard. When full,
 * the oldest goes.
 */
export class VerifiedTokens {
  private readonly principals = new Map<string, Principal>();

  find(token: string): Principal | undefined {
    return this.principals.get(token);
  }

  remember(token: string, principal: Principal): void {
    if (this.principals.size >= maxRemembered) this.principals.delete(this.principals.keys().next().value!);
    this.principals.set(token, principal);
  }

  forget(token: string): void {
    this.principals.delete(token);
  }
}

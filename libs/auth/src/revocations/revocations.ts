import { Injectable } from '@nestjs/common';
import type { SecurityChange, SecurityEvent } from '@parley/contracts';
import type { DomainError } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Principal } from '../who/principal.js';

type Listener = (change: SecurityChange) => void;

/**
 * Which tokens are void although their signature and times are right. Everything is in memory, so asking costs nothing. Events
 * may come twice and in any order: of two that contradict each other the later one counts.
 */
@Injectable()
export class Revocations {
  private readonly seen = new Map<string, number>();
  private readonly endedSessions = new Map<string, number>();
  private readonly validAfter = new Map<string, number>();
  private readonly accounts = new Map<string, { at: number; isDisabled: boolean }>();
  private readonly keys = new Set<string>();
  private readonly listeners: Listener[] = [];

  /** Why a principal's token is void, if it is. */
  refusalOf(principal: Principal): DomainError | undefined {
    if (this.keys.has(principal.keyId)) return AuthErrors.tokenInvalid();
    if (principal.kind === 'service') return undefined;
    const { userId, loginSessionId, issuedAtMs, apiKey } = principal;
    if (this.accounts.get(userId)?.isDisabled) return AuthErrors.accountDisabled();
    // A new password ends sessions; programs go on until their key is revoked, which is asked about when it has changed.
    if (apiKey) return undefined;
    if (issuedAtMs < (this.validAfter.get(userId) ?? 0)) return AuthErrors.credentialChanged();
    if (this.endedSessions.has(loginSessionId)) return AuthErrors.sessionRevoked();
    return undefined;
  }

  /** @returns how many of the events were new */
  apply(events: readonly SecurityEvent[]): number {
    const news = events.filter(({ id }) => !this.seen.has(id));
    for (const event of news) {
      this.seen.set(event.id, event.at);
      this.remember(event);
    }
    for (const event of news) this.tell(event);
    return news.length;
  }

  /** A key stays revoked for ever: whoever has it could sign new tokens. */
  addRevokedKeys(kids: readonly string[]): void {
    for (const kid of kids) this.keys.add(kid);
  }

  /** Calls back at every new change, once it is in force here. */
  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Forgets events from before a moment whose tokens have all expired. */
  forgetBefore(ms: number): void {
    for (const kept of [this.seen, this.endedSessions, this.validAfter]) {
      for (const [key, at] of kept) if (at < ms) kept.delete(key);
    }
    for (const [userId, { at }] of this.accounts) if (at < ms) this.accounts.delete(userId);
  }

  private remember(event: SecurityEvent): void {
    switch (event.type) {
      case 'session-revoked':
        this.endedSessions.set(event.sid, event.at);
        break;
      case 'credential-change':
        this.validAfter.set(event.sub, Math.max(event.valid_after, this.validAfter.get(event.sub) ?? 0));
        break;
      case 'account-disabled':
      case 'account-enabled': {
        const known = this.accounts.get(event.sub);
        if (known && known.at > event.at) break;
        this.accounts.set(event.sub, { at: event.at, isDisabled: event.type === 'account-disabled' });
        break;
      }
      case 'key-revoked':
        this.keys.add(event.kid);
        break;
      case 'token-claims-change':
      case 'role-changed':
      case 'org-changed':
      case 'api-key-revoked':
      case 'keys-changed':
        // They void no token: what a user may do is asked anew.
        break;
    }
  }

  private tell(change: SecurityChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

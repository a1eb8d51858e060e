import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Clock, ServiceClient } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import { VerificationKeys } from './verification-keys.js';

/** A set older than this is fetched again, while the request that noticed goes on with the old one. */
const refreshAfterMs = 60_000;
/** How long the last good set is used while auth cannot be reached. */
const keepForMs = 24 * 3_600_000;
/** Unknown key ids cause at most one fetch in this time, so that forged tokens cannot flood auth. */
const unknownKeyPauseMs = 30_000;
/** With no usable set, auth is asked again at most this often. */
const retryPauseMs = 1_000;

/**
 * Auth's public keys (RFC 7517) over HTTP. The whole set is kept; a failed fetch never makes a good token look bad:
 * without a usable set the answer is 503.
 */
export class JwksKeys extends VerificationKeys {
  private keys = new Map<string, PublishedKey>();
  private readonly dropped = new Set<string>();
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private triedAt = Number.NEGATIVE_INFINITY;
  private fetching: Promise<void> | undefined;

  constructor(
    private readonly auth: ServiceClient,
    private readonly clock: Clock,
  ) {
    super();
  }

  async find(kid: string): Promise<KeyObject | undefined> {
    const known = this.keys.get(kid)?.key;
    const age = this.clock.now() - this.fetchedAt;
    if (known && age < keepForMs) {
      if (age >= refreshAfterMs) void this.refresh(unknownKeyPauseMs).catch(() => undefined);
      return known;
    }
    await this.refresh(this.keys.size > 0 && age < keepForMs ? unknownKeyPauseMs : retryPauseMs);
    const fetched = this.keys.get(kid)?.key;
    // The set could not be refreshed, so whether it has this key by now is unknown.
    if (!fetched && this.triedAt > this.fetchedAt) throw AuthErrors.keysUnavailable();
    return fetched;
  }

  known(): Array<{ kid: string; key: KeyObject }> {
    return [...this.keys].map(([kid, { key }]) => ({ kid, key }));
  }

  /** Only who has the private key of a standby key gets this far, so there is nobody to hold back from fetching the set. */
  async isInUse(kid: string): Promise<boolean> {
    if (!this.keys.get(kid)?.isStandby) return true;
    await this.refresh(0);
    return this.keys.get(kid)?.isStandby === false;
  }

  /**
   * Fetches the set as it is now: before anybody needs it, from time to time, and when it has changed.
   * @throws DomainError `auth_unavailable`
   */
  async prefetch(): Promise<void> {
    // A fetch that is under way may bring the set from before the change.
    await this.fetching?.catch(() => undefined);
    await this.fetchOnce();
  }

  /** Never takes a revoked key again, whatever set comes. */
  drop(kid: string): void {
    this.dropped.add(kid);
    this.keys.delete(kid);
  }

  /** Fetches the set, unless that was tried within the last `pauseMs`; concurrent callers share one fetch. */
  private async refresh(pauseMs: number): Promise<void> {
    if (!this.fetching && this.clock.now() - this.triedAt < pauseMs) return this.requireSet();
    await this.fetchOnce().catch((cause: unknown) => this.requireSet(cause));
  }

  private fetchOnce(): Promise<void> {
    return (this.fetching ??= this.fetch().finally(() => (this.fetching = undefined)));
  }

  private requireSet(cause?: unknown): void {
    if (this.clock.now() - this.fetchedAt >= keepForMs) throw AuthErrors.keysUnavailable(cause);
  }

  private async fetch(): Promise<void> {
    this.triedAt = this.clock.now();
    const { status, body } = await this.auth.call('/.well-known/jwks.json');
    if (status !== 200) throw AuthErrors.keysUnavailable(`JWKS answered ${status}`);
    this.keys = readKeySet(body);
    for (const kid of this.dropped) this.keys.delete(kid);
    this.fetchedAt = this.clock.now();
  }
}

/** A key of the set; one on standby is published ahead of its use, and nothing may be signed with it yet. */
interface PublishedKey {
  key: KeyObject;
  isStandby: boolean;
}

/** @returns the ES256 signature keys of a JWKS document, by key id */
export function readKeySet(body: unknown): Map<string, PublishedKey> {
  const { keys } = body as { keys?: unknown };
  if (!Array.isArray(keys)) throw AuthErrors.keysUnavailable('not a key set');
  const usable = (keys as Array<Record<string, unknown>>).filter(
    ({ kty, crv, kid, use }) => kty === 'EC' && crv === 'P-256' && typeof kid === 'string' && (use ?? 'sig') === 'sig',
  );
  return new Map(usable.map((jwk) => [jwk.kid as string, toPublishedKey(jwk)]));
}

const toPublishedKey = (jwk: Record<string, unknown>): PublishedKey => ({
  key: createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }),
  isStandby: jwk.state === 'standby',
});

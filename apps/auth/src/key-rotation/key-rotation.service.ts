import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { KeyPairs } from '../keys/key-pairs.js';
import { SIGNING_KEYS, type SigningKey } from '../keys/signing-key.schema.js';
import { SigningKeysService, skewMs } from '../keys/signing-keys.service.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { KeyRotationErrors } from './key-rotation.errors.js';

/** How long verifiers may go on with a set of keys that they have fetched; the JWKS is good for five minutes. */
export const verifierCacheMs = 300_000;

/** Why keys change, for the audit log. */
export interface RotationRequest {
  /** A user id, or null for the schedule. */
  actor: string | null;
  ipAddress?: string;
  reason: string;
  /** The current key is known to somebody else: everything that it signed is void at once. */
  revoke: boolean;
}

/** The kids after a change. */
export interface Rotation {
  current: string;
  standby: string;
  /** What was current before: still good for what it has signed, or void. */
  replaced: string;
}

/** Puts the standby key in the place of the current one, and another on standby. */
@Injectable()
export class KeyRotationService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(SIGNING_KEYS) private readonly keys: Model<SigningKey>,
    private readonly signingKeys: SigningKeysService,
    private readonly pairs: KeyPairs,
    private readonly securityEvents: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @param replaced the kid of the key that is believed to be the current one
   * @throws DomainError `key_rotation_conflict` when somebody else has just changed the keys
   */
  async rotate(request: RotationRequest, replaced = this.signingKeys.current.kid): Promise<Rotation> {
    const rotation = await inTransaction(this.connection, async (session) => {
      await this.replace(replaced, request.revoke, session);
      const current = await this.promote(session);
      const standby = this.pairs.make('standby', this.clock.date(), this.signingKeys.lifeSeconds);
      await this.keys.create([standby], { session });
      await this.tell(request, replaced, session);
      return { current, standby: standby._id, replaced };
    });
    await this.signingKeys.reload();
    return rotation;
  }

  /** The private half goes with the duty: what cannot sign cannot be stolen. */
  private async replace(kid: string, revoke: boolean, session: ClientSession): Promise<void> {
    const now = this.clock.now();
    const key = await this.keys.findOne({ _id: kid, state: 'current' }, null, { session }).lean<SigningKey>();
    if (!key) throw KeyRotationErrors.conflict();
    const goodForMs = key.longest_life_seconds! * 1000 + skewMs + 2 * verifierCacheMs;
    const change = revoke
      ? { state: 'revoked' as const, revoked_at: new Date(now) }
      : { state: 'previous' as const, retire_at: new Date(now + goodForMs) };
    const filter = { _id: kid, state: 'current' as const };
    await this.keys.updateOne(filter, { $set: change, $unset: { sealed_private_key: 1 } }, { session });
  }

  private async promote(session: ClientSession): Promise<string> {
    const change = { $set: { state: 'current', current_since: this.clock.date() }, $unset: { is_standby: 1 } } as const;
    const promoted = await this.keys.findOneAndUpdate({ state: 'standby' }, change, { session }).lean<SigningKey>();
    if (!promoted) throw KeyRotationErrors.conflict();
    return promoted._id;
  }

  private async tell(request: RotationRequest, kid: string, session: ClientSession): Promise<void> {
    const { actor, ipAddress: ip_address = null, reason, revoke } = request;
    await this.securityEvents.append([revoke ? { type: 'key-revoked', kid } : { type: 'keys-changed' }], session);
    const facts = { kid, reason };
    const type = revoke ? 'signing_key.revoked' : 'signing_key.rotated';
    await this.audit.record({ type, actor, ip_address, facts }, session);
  }
}

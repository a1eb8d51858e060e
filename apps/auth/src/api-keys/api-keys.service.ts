import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { contains, newApiKey, type UserPrincipal } from '@parley/auth';
import type { Grants } from '@parley/contracts';
import { Clock, inTransaction, newId } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { API_KEYS, type ApiKey } from '../api-key-records/api-key.schema.js';
import { AuditLog } from '../audit/audit-log.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { type CreateApiKey, usualScopes } from './api-keys.dto.js';
import { ApiKeyErrors } from './api-keys.errors.js';
import { KeyOwners } from './key-owners.js';

/** Bounds the list, and what somebody can leave behind. */
const maxKeys = 100;
const [read, write] = ['api-keys:read', 'api-keys:write'];

/** Who does it, and from where. */
export interface KeyActor {
  user: UserPrincipal;
  ipAddress: string;
}

/** A key that was made or rotated just now, with the key itself. */
export interface Shown {
  record: ApiKey;
  key: string;
}

/** The keys of users and organisations. Those of others are not found. */
@Injectable()
export class ApiKeysService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(API_KEYS) private readonly keys: Model<ApiKey>,
    private readonly owners: KeyOwners,
    private readonly events: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** All that are not revoked, newest first. @throws DomainError what `KeyOwners.require` refuses */
  async list(user: UserPrincipal, orgId?: string): Promise<ApiKey[]> {
    await this.owners.require(user, orgId, read);
    return this.keys
      .find({ ...ownedBy(user, orgId), revoked_at: null })
      .sort({ created_at: -1, _id: -1 })
      .lean<ApiKey[]>();
  }

  /** @throws DomainError `scopes_exceed_rights`, `expires_at_past`, `too_many_api_keys`, and what `KeyOwners.require` refuses */
  async create(actor: KeyActor, wanted: CreateApiKey): Promise<Shown> {
    const { name, org_id: orgId, cap_ucr } = wanted;
    const grants = await this.owners.require(actor.user, orgId, write);
    const scopes = wanted.scopes ?? usualScopes.filter((scope) => contains(grants.permissions, scope));
    this.owners.requireContained(grants, scopes.length > 0 ? scopes : usualScopes);
    const expires_at = wanted.expires_at === undefined ? null : new Date(wanted.expires_at);
    if (expires_at && expires_at.getTime() <= this.clock.now()) throw ApiKeyErrors.expiryPast();
    const { key, ...visible } = newApiKey();
    const record: ApiKey = {
      ...{ _id: newId('apk'), name, ...ownedBy(actor.user, orgId), created_by: actor.user.userId },
      ...{ role_id: orgId === undefined ? null : grants.role_id, ...visible, scopes, expires_at },
      ...{ cap_ucr: cap_ucr ?? null, last_used_at: null, created_at: this.clock.date() },
      ...{ rotated_at: null, revoked_at: null },
    };
    await inTransaction(this.connection, async (session) => {
      const owned = { ...ownedBy(actor.user, orgId), revoked_at: null };
      if ((await this.keys.countDocuments(owned).session(session)) >= maxKeys) throw ApiKeyErrors.tooMany(maxKeys);
      await this.keys.create([record], { session });
      await this.record('api_key.created', actor, record, session);
    });
    return { record, key };
  }

  /**
   * Gives a key another secret. The one before works on for a while, and the one before that no longer.
   * @throws DomainError `api_key_not_found`, `scopes_exceed_rights` for whoever may not do what the key may, `api_key_changed`
   */
  async rotate(actor: KeyActor, id: string, overlapSeconds: number): Promise<Shown> {
    const { key: found, grants } = await this.findFor(actor.user, id);
    this.requireNoMoreThan(grants, found);
    const { key, ...visible } = newApiKey();
    const now = this.clock.now();
    const previous = { previous_hash: found.hash, previous_valid_until: new Date(now + overlapSeconds * 1_000) };
    return inTransaction(this.connection, async (session) => {
      const asFound = { _id: id, hash: found.hash, revoked_at: null };
      const set = { ...visible, ...previous, rotated_at: new Date(now) };
      const record = await this.keys
        .findOneAndUpdate(asFound, { $set: set }, { session, returnDocument: 'after' })
        .lean<ApiKey>();
      if (!record) throw ApiKeyErrors.changedMeanwhile();
      await this.events.append([{ type: 'api-key-revoked', key_id: id }], session);
      await this.record('api_key.rotated', actor, record, session);
      return { record, key };
    });
  }

  /** @throws DomainError `api_key_not_found`, and what `KeyOwners.require` refuses */
  async revoke(actor: KeyActor, id: string): Promise<void> {
    await this.findFor(actor.user, id);
    await inTransaction(this.connection, async (session) => {
      const record = await this.keys
        .findOneAndUpdate({ _id: id, revoked_at: null }, { $set: { revoked_at: this.clock.date() } }, { session })
        .lean<ApiKey>();
      if (!record) throw ApiKeyErrors.notFound();
      await this.events.append([{ type: 'api-key-revoked', key_id: id }], session);
      await this.record('api_key.revoked', actor, record, session);
    });
  }

  /** Who gets the new secret of an organisation's key gets to do what it may: no more than they may themselves. */
  private requireNoMoreThan(grants: Grants, key: ApiKey): void {
    this.owners.requireContained(grants, key.scopes);
    const usesOtherModels = key.role_id !== null && key.role_id !== grants.role_id && grants.models !== null;
    if (usesOtherModels) throw ApiKeyErrors.scopesExceedRights(key.scopes);
  }

  private async findFor(user: UserPrincipal, id: string): Promise<{ key: ApiKey; grants: Grants }> {
    const key = await this.keys.findOne({ _id: id, revoked_at: null }).lean<ApiKey>();
    if (!key) throw ApiKeyErrors.notFound();
    const { user_id: owner, org_id: orgId } = key;
    // As everywhere: a token for one organisation is good for that one alone.
    const isElsewhere = orgId !== null && user.orgId !== null && user.orgId !== orgId;
    if ((owner !== null && owner !== user.userId) || isElsewhere) throw ApiKeyErrors.notFound();
    const grants = await this.owners.require(user, orgId ?? undefined, write).catch((error: unknown) => {
      // Whether an organisation has a key is nobody's business who is no member.
      const isStranger = (error as { code?: unknown }).code === 'organization_not_found';
      throw isStranger ? ApiKeyErrors.notFound() : error;
    });
    return { key, grants };
  }

  private record(type: string, { user, ipAddress }: KeyActor, key: ApiKey, session: ClientSession): Promise<void> {
    const { _id: key_id, user_id: subject, org_id, prefix } = key;
    const facts = { key_id, prefix, scopes: key.scopes.join(' ') };
    return this.audit.record({ type, actor: user.userId, subject, org_id, ip_address: ipAddress, facts }, session);
  }
}

const ownedBy = ({ userId }: UserPrincipal, orgId: string | undefined) =>
  orgId === undefined ? { user_id: userId, org_id: null } : { user_id: null, org_id: orgId };

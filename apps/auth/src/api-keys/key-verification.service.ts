import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ApiKeyAnswer } from '@parley/contracts';
import { Clock } from '@parley/platform';
import type { Model } from 'mongoose';
import { API_KEYS, type ApiKey } from '../api-key-records/api-key.schema.js';
import { AuditTally } from '../audit/audit-tally.js';
import { UsersService } from '../users/users.service.js';

/** Between two writes of when a key was last used. */
const writeEveryMs = 60_000;

const refused = (code: Extract<ApiKeyAnswer, { active: false }>['code']): ApiKeyAnswer => ({ active: false, code });

/** Says whose a key is, to services that were shown one. */
@Injectable()
export class KeyVerification {
  constructor(
    @InjectModel(API_KEYS) private readonly keys: Model<ApiKey>,
    private readonly users: UsersService,
    private readonly tally: AuditTally,
    private readonly clock: Clock,
  ) {}

  /**
   * @param service who was shown the key
   * @param hash the key's SHA-256
   */
  async verify(service: string, hash: string): Promise<ApiKeyAnswer> {
    const found = await this.find(hash);
    if (!found) {
      // It has the form of a key and was never one: somebody guesses.
      this.tally.note({ type: 'api_key.refused', actor: `svc:${service}` });
      return refused('invalid_token');
    }
    const { key, endsAt } = found;
    if (key.revoked_at) return refused('invalid_token');
    if (endsAt && endsAt.getTime() <= this.clock.now()) return refused('token_expired');
    if (key.user_id !== null && !(await this.isActive(key.user_id))) return refused('account_disabled');
    await this.noteUse(key);
    return {
      active: true,
      key_id: key._id,
      user_id: key.user_id ?? key._id,
      org_id: key.org_id,
      cap_ucr: key.cap_ucr,
      valid_until: endsAt?.getTime() ?? null,
    };
  }

  private async find(hash: string): Promise<{ key: ApiKey; endsAt: Date | null } | undefined> {
    const key = await this.keys.findOne({ hash }).lean<ApiKey>();
    if (key) return { key, endsAt: key.expires_at };
    const rotated = await this.keys.findOne({ previous_hash: hash }).lean<ApiKey>();
    if (!rotated) return undefined;
    const { expires_at: expiry, previous_valid_until: overlap } = rotated;
    const ends = [expiry, overlap].flatMap((end) => (end ? [end.getTime()] : []));
    return { key: rotated, endsAt: new Date(Math.min(...ends)) };
  }

  private async isActive(userId: string): Promise<boolean> {
    const user = await this.users.find(userId);
    return user?.status === 'active';
  }

  /** One of several at once writes it. */
  private async noteUse({ _id, last_used_at }: ApiKey): Promise<void> {
    const now = this.clock.now();
    if (last_used_at && now - last_used_at.getTime() < writeEveryMs) return;
    await this.keys.updateOne({ _id, last_used_at }, { $set: { last_used_at: new Date(now) } });
  }
}

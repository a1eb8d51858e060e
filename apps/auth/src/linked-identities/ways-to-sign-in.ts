import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, DomainError } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { PasskeysService } from '../passkeys/passkeys.service.js';
import { type User, USERS } from '../users/user.schema.js';
import { LINKED_IDENTITIES, type LinkedIdentity } from './linked-identity.schema.js';

/** Keeps people from locking themselves out. */
@Injectable()
export class WaysToSignIn {
  constructor(
    @InjectModel(LINKED_IDENTITIES) private readonly identities: Model<LinkedIdentity>,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly passkeys: PasskeysService,
    private readonly clock: Clock,
  ) {}

  /**
   * Asked after the removal, inside its transaction. It writes to the user, so that of two removals at once one sees the other.
   * @throws DomainError `last_way_to_sign_in` when there is neither a password nor a passkey nor an identity provider
   */
  async requireOne({ _id }: Pick<User, '_id'>, session: ClientSession): Promise<void> {
    const user = await this.users
      .findOneAndUpdate({ _id }, { $set: { updated_at: this.clock.date() } }, { session })
      .lean<User>();
    if (user && user.password_hash !== user.unusable_password_hash) return;
    if ((await this.passkeys.countOf(_id, session)) > 0) return;
    if ((await this.identities.countDocuments({ user_id: _id }).session(session)) > 0) return;
    throw new DomainError(
      'conflict',
      'last_way_to_sign_in',
      'Nothing else is left to sign in with: choose a password or register a passkey first.',
    );
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { isDuplicateKey } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { ROLE_LOCKS, type RoleLock } from './role-lock.schema.js';
import { type User, USERS } from './user.schema.js';
import { UserErrors } from './users.errors.js';
import { UsersService } from './users.service.js';

const lockId = 'administrators';

/**
 * Active platform administrators, of whom one must remain. Whoever makes the first or takes one away (by role, by status, or by
 * removing the account) asks here inside the transaction that does it.
 */
@Injectable()
export class Administrators implements OnModuleInit {
  constructor(
    @InjectModel(USERS) private readonly users: Model<User>,
    @InjectModel(ROLE_LOCKS) private readonly locks: Model<RoleLock>,
    private readonly directory: UsersService,
  ) {}

  /** The document has to be there before anybody competes for it: two who insert it would not wait for each other. */
  async onModuleInit(): Promise<void> {
    try {
      await this.locks.updateOne({ _id: lockId }, { $setOnInsert: { taken: 0 } }, { upsert: true });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  /**
   * How many there are, nobody else changing that until the transaction is over: who is later conflicts on the lock and reads again.
   * @param except a user who is not counted
   */
  async count(session: ClientSession, except?: string): Promise<number> {
    await this.locks.updateOne({ _id: lockId }, { $inc: { taken: 1 } }, { session });
    return this.users
      .countDocuments({
        platform_role: 'platform_admin',
        status: 'active',
        ...this.directory.whoIsThere(),
        ...(except === undefined ? {} : { _id: { $ne: except } }),
      })
      .session(session);
  }

  /**
   * Before a user ceases to be an active administrator; about anybody else it says nothing.
   * @throws DomainError `last_administrator` (409)
   */
  async mayDoWithout({ _id, platform_role, status }: User, session: ClientSession): Promise<void> {
    if (platform_role !== 'platform_admin' || status !== 'active') return;
    if ((await this.count(session, _id)) === 0) throw UserErrors.lastAdministrator();
  }
}

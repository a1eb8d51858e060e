import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction, isDuplicateKey, newId } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { PersonalOrganizations } from '../memberships/personal-organizations.js';
import { type User, USERS } from './user.schema.js';
import { UserErrors } from './users.errors.js';

export type NewUser = Omit<
  User,
  '_id' | 'demo' | 'session_epoch' | 'last_signed_in_at' | 'created_at' | 'updated_at'
> & { demo?: boolean };

export const DEMO_IS_ON = Symbol('DemoIsOn');

/** Everybody who has an account. A demo user is nobody while the demo is off: passwords and tokens from then lead nowhere. */
@Injectable()
export class UsersService implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    @Inject(DEMO_IS_ON) private readonly demoIsOn: boolean,
    private readonly personal: PersonalOrganizations,
    private readonly clock: Clock,
  ) {}

  /** Waits for the unique indexes, so that nobody can sign up before they exist. */
  async onModuleInit(): Promise<void> {
    await this.users.init();
  }

  find(id: string): Promise<User | null> {
    return this.users.findOne({ _id: id, ...this.whoIsThere() }).lean<User>();
  }

  /** @throws DomainError `user_not_found` */
  async get(id: string): Promise<User> {
    const user = await this.find(id);
    if (!user) throw UserErrors.notFound();
    return user;
  }

  /** @param name an e-mail address or a username in canonical form */
  findByName(name: { email: string } | { username: string }): Promise<User | null> {
    return this.users.findOne({ ...name, ...this.whoIsThere() }).lean<User>();
  }

  /** @returns false, having changed nothing, when the e-mail address or the username is taken */
  async add(user: NewUser): Promise<boolean> {
    const now = this.clock.date();
    try {
      const _id = newId('usr');
      await inTransaction(this.connection, async (session) => {
        await this.users.create([{ _id, demo: false, ...user, created_at: now, updated_at: now }], { session });
        await this.personal.foundFor(_id, session);
      });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /**
   * Part of the transaction that makes a login session. It writes to the user, so that of a sign-in and a change that ends all
   * sessions one sees the other.
   * @returns false when the user has been disabled, or all sessions were ended, since `user` was read
   */
  async admitSignIn({ _id, session_epoch }: User, session: ClientSession): Promise<boolean> {
    const unchanged = { _id, status: 'active' as const, session_epoch: session_epoch ?? { $exists: false } };
    const change = { $set: { last_signed_in_at: this.clock.date() } };
    const { matchedCount } = await this.users.updateOne(unchanged, change, { session });
    return matchedCount === 1;
  }

  /** Part of the transaction that ends all sessions: whoever is just signing in, with a password that was right, is refused. */
  async refuseSignInsUnderWay(id: string, session: ClientSession): Promise<void> {
    await this.users.updateOne({ _id: id }, { $inc: { session_epoch: 1 } }, { session });
  }

  /** @returns false, having changed nothing, when the password is no longer the one that `user` was read with */
  async replaceDemoPassword({ _id, password_hash }: User, newHash: string): Promise<boolean> {
    const change = { password_hash: newHash, demo_password_hash: newHash, updated_at: this.clock.date() };
    const { modifiedCount } = await this.users.updateOne({ _id, password_hash, demo: true }, { $set: change });
    return modifiedCount === 1;
  }

  /**
   * The same password, hashed as today. Nothing ends by it.
   * @returns false, having changed nothing, when the stored hash is no longer the one that `user` was read with
   */
  async replaceOutdatedHash({ _id, password_hash }: User, newHash: string): Promise<boolean> {
    const { modifiedCount } = await this.users.updateOne({ _id, password_hash }, { $set: { password_hash: newHash } });
    return modifiedCount === 1;
  }

  /** A user from before there was a mark for demo users. */
  findUnmarked(email: string): Promise<User | null> {
    return this.users.findOne({ email, demo: { $exists: false } }).lean<User>();
  }

  async markAsDemo({ _id, password_hash }: User): Promise<void> {
    await this.users.updateOne({ _id, password_hash }, { $set: { demo: true, demo_password_hash: password_hash } });
  }

  /** Those of the usernames that demo users have, whether the demo is on or off. */
  async demoUsersAmong(usernames: readonly string[]): Promise<string[]> {
    const found = await this.users.find({ username: { $in: [...usernames] }, demo: true }).lean<User[]>();
    return found.map(({ username }) => username);
  }

  /** The filter for those who can be found at all. */
  whoIsThere(): { demo?: { $ne: true } } {
    return this.demoIsOn ? {} : { demo: { $ne: true } };
  }
}

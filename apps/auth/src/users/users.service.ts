import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey, newId } from '@parley/platform';
import type { Model } from 'mongoose';
import { type User, USERS } from './user.schema.js';
import { UserErrors } from './users.errors.js';

export type NewUser = Omit<User, '_id' | 'created_at' | 'updated_at'>;

@Injectable()
export class UsersService implements OnModuleInit {
  constructor(
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly clock: Clock,
  ) {}

  /** Waits for the unique indexes, so that nobody can sign up before they exist. */
  async onModuleInit(): Promise<void> {
    await this.users.init();
  }

  find(id: string): Promise<User | null> {
    return this.users.findOne({ _id: id }).lean<User>();
  }

  /** @throws DomainError `user_not_found` */
  async get(id: string): Promise<User> {
    const user = await this.find(id);
    if (!user) throw UserErrors.notFound();
    return user;
  }

  /** @param name an e-mail address or a username in canonical form */
  findByName(name: { email: string } | { username: string }): Promise<User | null> {
    return this.users.findOne(name).lean<User>();
  }

  /** @returns false, having changed nothing, when the e-mail address or the username is taken */
  async add(user: NewUser): Promise<boolean> {
    const now = this.clock.date();
    try {
      await this.users.create([{ _id: newId('usr'), ...user, created_at: now, updated_at: now }]);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}

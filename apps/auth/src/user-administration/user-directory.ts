import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { before, readTimeCursor, toTimeCursor } from '@parley/platform';
import type { Model } from 'mongoose';
import { type User, USERS } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import type { UsersQuery } from './user-administration.dto.js';
import { UserAdministrationErrors } from './user-administration.errors.js';

/** Above all characters that an address or a username may have. */
const last = '\uFFFF';

/** Everybody who has an account, to look through. */
@Injectable()
export class UserDirectory {
  constructor(
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly service: UsersService,
  ) {}

  /** Newest first. @throws DomainError `cursor_invalid` */
  async list({ q, limit, cursor }: UsersQuery): Promise<{ users: User[]; nextCursor: string | null }> {
    const from = cursor === undefined ? undefined : readTimeCursor(cursor);
    if (cursor !== undefined && !from) throw UserAdministrationErrors.cursorInvalid();
    const found = await this.users
      .find({ $and: [this.service.whoIsThere(), beginningWith(q), before('created_at', from)] })
      .sort({ created_at: -1, _id: -1 })
      .limit(limit + 1)
      .lean<User[]>();
    const users = found.slice(0, limit);
    const oldest = users.at(-1);
    const nextCursor = found.length > limit && oldest ? toTimeCursor(oldest.created_at, oldest._id) : null;
    return { users, nextCursor };
  }
}

/** A range and no regular expression: it uses the index, and nothing in it has a meaning of its own. */
function beginningWith(q: string | undefined): object {
  if (!q) return {};
  const range = { $gte: q, $lt: `${q}${last}` };
  return { $or: [{ email: range }, { username: range }] };
}

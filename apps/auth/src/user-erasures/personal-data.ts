import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ClientSession, Connection } from 'mongoose';
import { AUDIT_ENTRIES, type AuditEntry } from '../audit/audit-entry.schema.js';
import { type Invitation, INVITATIONS } from '../invitations/invitation.schema.js';
import { OUTBOX_MAILS, type OutboxMail } from '../mail/outbox-mail.schema.js';
import { type User, USERS } from '../users/user.schema.js';

/**
 * Everything in auth's database that is about one user. A collection whose documents have a `user_id` belongs to users and is
 * emptied of theirs without being named here, so that a new one cannot be forgotten.
 */
@Injectable()
export class PersonalData {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  /** @param session the transaction that erases the user */
  async erase({ _id: userId, email }: User, session: ClientSession): Promise<void> {
    for (const name of this.ofUsers()) await this.connection.model(name).deleteMany({ user_id: userId }, { session });
    await this.connection.model<OutboxMail>(OUTBOX_MAILS).deleteMany({ 'to.address': email }, { session });
    const invitations = { $or: [{ email }, { invited_by: userId }] };
    await this.connection.model<Invitation>(INVITATIONS).deleteMany(invitations, { session });
    await this.connection.model<User>(USERS).deleteOne({ _id: userId }, { session });
    await this.forgetAddresses(userId, session);
  }

  /** The models whose documents belong to a user. */
  ofUsers(): string[] {
    return Object.values(this.connection.models)
      .filter(({ schema }) => schema.path('user_id') !== undefined)
      .map(({ modelName }) => modelName);
  }

  /** The trail keeps what was done and by which id; from where the user did it, or somebody tried to be them, goes. */
  private async forgetAddresses(userId: string, session: ClientSession): Promise<void> {
    const theirs = { $or: [{ actor: userId }, { subject: userId, actor: null }] };
    const entries = this.connection.model<AuditEntry>(AUDIT_ENTRIES);
    await entries.updateMany(theirs, { $set: { ip_address: null } }, { session });
  }
}

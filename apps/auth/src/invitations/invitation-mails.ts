import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { MailOutbox } from '../mail/mail-outbox.js';
import { mailTo, type User, USERS } from '../users/user.schema.js';
import type { Invitation } from './invitation.schema.js';

export interface InvitationWords {
  organization: string;
  role: string;
  token: string;
}

/** What is mailed about invitations, with the change that it tells of. */
@Injectable()
export class InvitationMails {
  constructor(
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly outbox: MailOutbox,
  ) {}

  /** To the address that is invited, in the language of whoever has it, or else of whoever invites. */
  async invite(invitation: Invitation, { organization, role, token }: InvitationWords, session: ClientSession) {
    const { email, mail_address, invited_by, message, expires_at } = invitation;
    const invited = await this.users.findOne({ email }).session(session).lean<User>();
    const inviter = await this.users.findOne({ _id: invited_by }).session(session).lean<User>();
    const language = invited?.language ?? inviter?.language ?? 'en';
    const to = { name: invited?.first_name ?? '', address: mail_address };
    const facts = { organization, role, token, message, inviter: nameOf(inviter), expires: readable(expires_at) };
    await this.outbox.queue({ to, template: 'invitation', language, facts }, session);
  }

  /** To whoever invited, when they are still there. */
  async tellInviter(
    { invited_by, mail_address }: Invitation,
    { organization, what }: { organization: string; what: 'accepted' | 'declined' },
    session: ClientSession,
  ): Promise<void> {
    const inviter = await this.users.findOne({ _id: invited_by, status: 'active' }).session(session).lean<User>();
    if (!inviter) return;
    const facts = { organization, invitee: mail_address };
    await this.outbox.queue({ ...mailTo(inviter), template: `invitation_${what}`, facts }, session);
  }
}

const nameOf = (user: User | null): string =>
  user ? `${user.first_name} ${user.last_name}`.trim() || user.username : '?';

/** `2026-11-30 10:30 UTC`. */
const readable = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

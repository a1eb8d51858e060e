import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, newId } from '@parley/platform';
import type { Model } from 'mongoose';
import type { Act } from '../ownership/organization-acts.js';
import type { Role } from '../roles/role.schema.js';
import { InvitationMails } from './invitation-mails.js';
import { type Invitation, INVITATIONS } from './invitation.schema.js';
import { invitationTokenHash, newInvitationToken } from './invitation-token.js';
import { InvitationErrors } from './invitations.errors.js';

/** What one says, apart from whom it is for. */
export type InvitationTerms = Pick<Invitation, 'mail_address' | 'role_id' | 'message' | 'expires_at'>;

const pastHashesKept = 20;

/** Stores invitations, with the mail and the audit entry that belong to each change. The token is in the mail and nowhere else. */
@Injectable()
export class InvitationWriting {
  constructor(
    @InjectModel(INVITATIONS) private readonly invitations: Model<Invitation>,
    private readonly mails: InvitationMails,
    private readonly clock: Clock,
  ) {}

  async add(act: Act, email: string, role: Role, terms: InvitationTerms): Promise<Invitation> {
    const token = newInvitationToken();
    const now = this.clock.date();
    const invitation: Invitation = {
      ...{ _id: newId('inv'), org_id: act.organization._id, email, ...terms, invited_by: act.actor.userId },
      ...{ token_hash: invitationTokenHash(token), past_hashes: [], state: 'pending', answered_by: null },
      ...{ created_at: now, updated_at: now },
    };
    await this.invitations.create([invitation], { session: act.session });
    await this.mail(act, invitation, role, token);
    await act.record('invitation.sent', null, { invitation: invitation._id, role: role.name });
    return invitation;
  }

  /** The same row with another token, in the name of whoever does it. */
  async renew(act: Act, known: Invitation, role: Role, terms: Partial<InvitationTerms>): Promise<Invitation> {
    const { _id, token_hash, past_hashes } = known;
    const token = newInvitationToken();
    const change = {
      ...terms,
      invited_by: act.actor.userId,
      token_hash: invitationTokenHash(token),
      past_hashes: [...past_hashes, token_hash].slice(-pastHashesKept),
      updated_at: this.clock.date(),
    };
    const unanswered = { _id, state: 'pending' as const, token_hash };
    const renewed = await this.invitations
      .findOneAndUpdate(unanswered, { $set: change }, { session: act.session, returnDocument: 'after' })
      .lean<Invitation>();
    if (!renewed) throw InvitationErrors.pendingOnlyResent();
    await this.mail(act, renewed, role, token);
    await act.record('invitation.resent', null, { invitation: _id, role: role.name });
    return renewed;
  }

  async revoke(act: Act, { _id, state }: Invitation): Promise<void> {
    const end = { $set: { state: 'revoked' as const, updated_at: this.clock.date() } };
    const { matchedCount } = await this.invitations.updateOne({ _id, state: 'pending' }, end, { session: act.session });
    if (matchedCount === 0) throw InvitationErrors.notPending(state);
    await act.record('invitation.revoked', null, { invitation: _id });
  }

  private mail({ organization, session }: Act, invitation: Invitation, role: Role, token: string): Promise<void> {
    return this.mails.invite(invitation, { organization: organization.name, role: role.name, token }, session);
  }
}

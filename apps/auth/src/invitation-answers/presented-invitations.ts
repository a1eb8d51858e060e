import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { type Invitation, INVITATIONS } from '../invitations/invitation.schema.js';
import { invitationTokenHash, isInvitationToken } from '../invitations/invitation-token.js';
import { InvitationErrors } from '../invitations/invitations.errors.js';

/** Finds the invitation that somebody holds the token of, and uses it up. */
@Injectable()
export class PresentedInvitations {
  constructor(
    @InjectModel(INVITATIONS) private readonly invitations: Model<Invitation>,
    private readonly clock: Clock,
  ) {}

  /**
   * @param orgId the organisation that whoever presents it thinks that it is for, if they say so
   * @throws DomainError `invitation_not_found` (404); `invitation_expired`, `invitation_used`, `invitation_revoked` (410); `org_mismatch` (400)
   */
  async find(token: string, orgId?: string, session: ClientSession | null = null): Promise<Invitation> {
    if (!isInvitationToken(token)) throw InvitationErrors.notFound();
    const hash = invitationTokenHash(token);
    const found = await this.invitations
      .findOne({ $or: [{ token_hash: hash }, { past_hashes: hash }] })
      .session(session)
      .lean<Invitation>();
    if (!found) throw InvitationErrors.notFound();
    if (orgId !== undefined && orgId !== found.org_id) throw InvitationErrors.otherOrganization();
    if (found.token_hash !== hash || found.state === 'revoked') throw InvitationErrors.revoked();
    if (found.state !== 'pending') throw InvitationErrors.used();
    if (found.expires_at <= this.clock.date()) throw InvitationErrors.expired();
    return found;
  }

  /**
   * Uses it up; of several at once one gets it. What fails later in the transaction leaves it as it was.
   * @throws DomainError as `find`
   */
  async answer(
    token: string,
    answer: { state: 'accepted' | 'declined'; orgId?: string | undefined },
    session: ClientSession,
  ): Promise<Invitation> {
    const { _id, token_hash } = await this.find(token, answer.orgId, session);
    const now = this.clock.date();
    const open = { _id, token_hash, state: 'pending' as const, expires_at: { $gt: now } };
    const end = { $set: { state: answer.state, updated_at: now } };
    const answered = await this.invitations.findOneAndUpdate(open, end, { session }).lean<Invitation>();
    if (!answered) throw InvitationErrors.used();
    return answered;
  }

  async noteWho({ _id }: Invitation, answered_by: string, session: ClientSession): Promise<void> {
    await this.invitations.updateOne({ _id }, { $set: { answered_by } }, { session });
  }
}

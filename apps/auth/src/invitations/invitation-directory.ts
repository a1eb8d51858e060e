import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { before, Clock, DomainError, readTimeCursor, toTimeCursor } from '@parley/platform';
import type { Model } from 'mongoose';
import { type Invitation, INVITATIONS } from './invitation.schema.js';
import {
  type InvitationDto,
  type InvitationList,
  type InvitationsQuery,
  type shownStates,
  toInvitationDto,
} from './invitations.dto.js';
import { InvitationErrors } from './invitations.errors.js';

/** Who is invited to an organisation, and what came of it. */
@Injectable()
export class InvitationDirectory {
  constructor(
    @InjectModel(INVITATIONS) private readonly invitations: Model<Invitation>,
    private readonly clock: Clock,
  ) {}

  /** Newest first. @throws DomainError `cursor_invalid` */
  async list(orgId: string, { status, limit, cursor }: InvitationsQuery): Promise<InvitationList> {
    const from = cursor === undefined ? undefined : readTimeCursor(cursor);
    if (cursor !== undefined && !from)
      throw new DomainError('invalid', 'cursor_invalid', 'This is no cursor of this list.');
    const now = this.clock.date();
    const found = await this.invitations
      .find({ $and: [{ org_id: orgId }, withStatus(status, now), before('created_at', from)] })
      .sort({ created_at: -1, _id: -1 })
      .limit(limit + 1)
      .lean<Invitation[]>();
    const page = found.slice(0, limit);
    const oldest = page.at(-1);
    const next_cursor = found.length > limit && oldest ? toTimeCursor(oldest.created_at, oldest._id) : null;
    return { data: page.map((each) => toInvitationDto(each, now)), next_cursor };
  }

  /** @throws DomainError `invitation_not_found`, also for one of another organisation */
  async get(orgId: string, id: string): Promise<InvitationDto> {
    const found = await this.invitations.findOne({ _id: id, org_id: orgId }).lean<Invitation>();
    if (!found) throw InvitationErrors.notFound();
    return toInvitationDto(found, this.clock.date());
  }
}

function withStatus(status: (typeof shownStates)[number] | undefined, now: Date): object {
  if (status === undefined) return {};
  if (status === 'expired') return { state: 'pending', expires_at: { $lte: now } };
  return status === 'pending' ? { state: status, expires_at: { $gt: now } } : { state: status };
}

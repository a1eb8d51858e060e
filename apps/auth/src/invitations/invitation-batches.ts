import { Injectable } from '@nestjs/common';
import { Clock, DomainError } from '@parley/platform';
import type { Actor } from '../ownership/organization-acts.js';
import { mailbox } from '../users/names.js';
import { InvitationErrors } from './invitations.errors.js';
import { type BatchResult, type InvitationBatch, toInvitationDto } from './invitations.dto.js';
import { InvitationsService } from './invitations.service.js';

const most = 100;

type Row = InvitationBatch['invitations'][number];

/** Many invitations at once. Each row is a transaction of its own; one that is refused keeps none of the others from being sent. */
@Injectable()
export class InvitationBatches {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `too_many_invitations` (413), and what is wrong with our side rather than with a row */
  async invite(
    actor: Actor,
    { invitations: rows, message, expiry_time: expiryTime }: InvitationBatch,
  ): Promise<BatchResult> {
    if (rows.length > most) throw InvitationErrors.batchTooLarge(most);
    const seen = new Set<string>();
    const results = [];
    for (const row of rows) results.push(await this.one(actor, row, { message, expiryTime }, seen));
    const created = results.filter(({ invitation }) => invitation !== null).length;
    return { created, failed: results.length - created, results };
  }

  private async one(
    actor: Actor,
    { email, role_id: roleId }: Row,
    terms: { message: string | undefined; expiryTime: string | undefined },
    seen: Set<string>,
  ): Promise<BatchResult['results'][number]> {
    try {
      const read = mailbox.safeParse(email);
      if (!read.success) throw InvitationErrors.addressUnusable();
      if (seen.has(read.data.email)) throw InvitationErrors.twiceInBatch();
      seen.add(read.data.email);
      // A list that is sent twice is not mailed twice.
      const invitation = await this.invitations.invite(actor, { address: read.data, roleId, ...terms }, false);
      return { email, invitation: toInvitationDto(invitation, this.clock.date()), code: null, detail: null };
    } catch (error) {
      if (!(error instanceof DomainError) || error.status >= 500) throw error;
      return { email, invitation: null, code: error.code, detail: error.message };
    }
  }
}

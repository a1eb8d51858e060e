import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { Model } from 'mongoose';
import { type Actor, OrganizationActs } from '../ownership/organization-acts.js';
import type { Mailbox } from '../users/names.js';
import { expiryFrom } from './invitation-expiry.js';
import { InvitationLimits } from './invitation-limits.js';
import { InvitationRules } from './invitation-rules.js';
import { InvitationWriting } from './invitation-writing.js';
import { type Invitation, INVITATIONS } from './invitation.schema.js';
import { InvitationErrors } from './invitations.errors.js';

export interface Wanted {
  address: Mailbox;
  roleId: string;
  message?: string | undefined;
  /** ISO 8601. */
  expiryTime?: string | undefined;
}

/** What those who may invite do with invitations. All of one organisation come one after the other, as every act in it does. */
@Injectable()
export class InvitationsService implements OnModuleInit {
  constructor(
    @InjectModel(INVITATIONS) private readonly invitations: Model<Invitation>,
    private readonly acts: OrganizationActs,
    private readonly rules: InvitationRules,
    private readonly writing: InvitationWriting,
    private readonly limits: InvitationLimits,
    private readonly clock: Clock,
  ) {}

  /** Waits for the unique indexes. */
  async onModuleInit(): Promise<void> {
    await this.invitations.init();
  }

  /**
   * Invites an address. One that is invited already gets another mail with what is asked for now; the earlier link ends.
   * @param again false refuses that instead
   * @throws DomainError what `OrganizationActs.run` and `mayGive` throw; `role_not_found`, `personal_organization`, `already_member`,
   *   `invitation_pending`, `expiry_time_invalid`, `invitation_limit_reached`
   */
  invite(actor: Actor, { address, roleId, message = '', expiryTime }: Wanted, again = true): Promise<Invitation> {
    const expires_at = expiryFrom(this.clock.now(), expiryTime);
    const { email, mailAddress: mail_address } = address;
    const admit = this.admission(actor.orgId, email);
    return this.acts.run(actor, 'invitations:write', async (act) => {
      const pending = await this.invitations
        .findOne({ org_id: actor.orgId, email, state: 'pending' })
        .session(act.session)
        .lean<Invitation>();
      const isLive = pending !== null && pending.expires_at > this.clock.date();
      if (pending && isLive) await this.rules.requireRightOver(act, pending);
      const role = await this.rules.roleToGive(act, roleId);
      await this.rules.requireNoMember(act, email);
      if (isLive && !again) throw InvitationErrors.alreadySent();
      const set = { mail_address, role_id: role._id, message, expires_at };
      await admit();
      return pending ? this.writing.renew(act, pending, role, set) : this.writing.add(act, email, role, set);
    });
  }

  /**
   * Another mail, with another token: the earlier link ends. Whoever resends it is the one whose right to give the role counts.
   * @throws DomainError as `invite`; `invitation_not_found`, `invitation_not_pending`
   */
  resend(actor: Actor, id: string, expiryTime: string | undefined): Promise<Invitation> {
    const expires_at = expiryFrom(this.clock.now(), expiryTime);
    let admit: (() => Promise<void>) | undefined;
    return this.acts.run(actor, 'invitations:write', async (act) => {
      const invitation = await this.rules.find(act, id);
      if (invitation.state !== 'pending') throw InvitationErrors.pendingOnlyResent();
      const role = await this.rules.roleToGive(act, invitation.role_id);
      await this.rules.requireNoMember(act, invitation.email);
      admit ??= this.admission(actor.orgId, invitation.email);
      await admit();
      return this.writing.renew(act, invitation, role, { expires_at });
    });
  }

  /** @throws DomainError what `OrganizationActs.run` throws; `invitation_not_found`, `invitation_not_pending`, `hierarchy` */
  async revoke(actor: Actor, id: string): Promise<void> {
    await this.acts.run(actor, 'invitations:write', async (act) => {
      const invitation = await this.rules.find(act, id);
      if (invitation.state !== 'pending') throw InvitationErrors.notPending(invitation.state);
      await this.rules.requireRightToRevoke(act, invitation);
      await this.writing.revoke(act, invitation);
    });
  }

  /** A transaction that runs again has asked already. */
  private admission(orgId: string, email: string): () => Promise<void> {
    let asked: Promise<void> | undefined;
    return () => (asked ??= this.limits.admit(orgId, email));
  }
}

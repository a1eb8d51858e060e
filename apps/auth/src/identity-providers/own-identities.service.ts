import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction, isDuplicateKey, newId } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { LINKED_IDENTITIES, type LinkedIdentity } from '../linked-identities/linked-identity.schema.js';
import { WaysToSignIn } from '../linked-identities/ways-to-sign-in.js';
import { type ChangedBy, FactorChanges } from '../second-factors/factor-changes.js';
import { ProviderErrors } from './identity-providers.errors.js';
import { ProviderFlows } from './provider-flows.js';

/** The identities by which a user signs in. */
@Injectable()
export class OwnIdentities {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(LINKED_IDENTITIES) private readonly identities: Model<LinkedIdentity>,
    private readonly flows: ProviderFlows,
    private readonly ways: WaysToSignIn,
    private readonly changes: FactorChanges,
    private readonly clock: Clock,
  ) {}

  list(userId: string): Promise<LinkedIdentity[]> {
    return this.identities.find({ user_id: userId }).sort({ created_at: 1, _id: 1 }).lean<LinkedIdentity[]>();
  }

  /** The user's own word, in the session that began. @throws DomainError `link_token_invalid`, `identity_linked` */
  async link(by: ChangedBy & { sid: string }, token: string): Promise<LinkedIdentity> {
    const { provider, issuer, subject, email } = await this.flows.consumeOffer(token, by.user._id, by.sid);
    const named = { _id: newId('idn'), user_id: by.user._id, provider, issuer, subject, email };
    const identity: LinkedIdentity = { ...named, created_at: this.clock.date() };
    await inTransaction(this.connection, async (session) => {
      await this.identities.create([identity], { session });
      await this.changes.tell('identity_linked', by, session);
    }).catch((error: unknown) => {
      throw isDuplicateKey(error) ? ProviderErrors.linked() : error;
    });
    return identity;
  }

  /** @throws DomainError `identity_not_found`, `last_way_to_sign_in` */
  unlink(by: ChangedBy, id: string): Promise<void> {
    return inTransaction(this.connection, async (session) => {
      const removed = await this.identities.findOneAndDelete({ _id: id, user_id: by.user._id }, { session });
      if (!removed) throw ProviderErrors.identityNotFound();
      await this.ways.requireOne(by.user, session);
      await this.changes.tell('identity_unlinked', by, session);
      await this.changes.endOthers(by, session);
    });
  }
}

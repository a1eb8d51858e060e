import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction, isDuplicateKey, newId } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { Errands } from '../errands/errands.js';
import { LINKED_IDENTITIES, type LinkedIdentity } from '../linked-identities/linked-identity.schema.js';
import { PersonalOrganizations } from '../memberships/personal-organizations.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { mailbox, personName } from '../users/names.js';
import { type User, USERS } from '../users/user.schema.js';
import { usernameFor } from '../users/username-for.js';
import { ProviderErrors } from './identity-providers.errors.js';
import type { ProvedIdentity } from './provider-clients.js';
import { type ProvidersConfig, PROVIDERS_CONFIG } from './provider-settings.js';

/** Accounts for people whom a provider knows and we do not. */
@Injectable()
export class Newcomers {
  constructor(
    @Inject(PROVIDERS_CONFIG) private readonly config: ProvidersConfig,
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    @InjectModel(LINKED_IDENTITIES) private readonly identities: Model<LinkedIdentity>,
    private readonly personal: PersonalOrganizations,
    private readonly passwords: PasswordsService,
    private readonly audit: AuditLog,
    private readonly errands: Errands,
    private readonly clock: Clock,
  ) {}

  /**
   * The address is the provider's word. It is enough for a new account, and never for one that is there.
   * @throws DomainError `provider_email_unverified`, `account_exists`, `signup_closed`
   */
  async admit(provider: string, identity: ProvedIdentity, ipAddress: string): Promise<User> {
    const address = mailbox.safeParse(identity.email ?? '');
    if (!identity.emailVerified || !address.success) throw ProviderErrors.emailUnverified();
    const { email, mailAddress: mail_address } = address.data;
    // Demo users too, whether or not they are there at the moment.
    if (await this.users.findOne({ email }).lean()) throw ProviderErrors.accountExists();
    if (!this.config.signupIsOpen) throw ProviderErrors.signupClosed();
    const nobodys = await this.passwords.hash(randomBytes(32).toString('base64url'));
    const now = this.clock.date();
    const user: User = {
      ...{ _id: newId('usr'), email, mail_address, username: usernameFor(email, 1) },
      ...{ first_name: nameFrom(identity.givenName), last_name: nameFrom(identity.familyName) },
      ...{ password_hash: nobodys, unusable_password_hash: nobodys, email_verified: true },
      ...{ status: 'active', platform_role: 'user', demo: false, created_at: now, updated_at: now },
    };
    await this.store(user, provider, identity, ipAddress).catch((error: unknown) => {
      // Somebody else took the address or the identity at the same moment.
      throw isDuplicateKey(error) ? ProviderErrors.accountExists() : error;
    });
    return user;
  }

  private store(user: User, provider: string, { issuer, subject, email }: ProvedIdentity, ipAddress: string) {
    const linked = {
      _id: newId('idn'),
      user_id: user._id,
      provider,
      issuer,
      subject,
      email,
      created_at: user.created_at,
    };
    return inTransaction(this.connection, async (session) => {
      await this.users.create([user], { session });
      await this.personal.foundFor(user._id, session);
      await this.identities.create([linked], { session });
      await this.errands.queue([{ kind: 'starting_balance', body: { user_id: user._id } }], session);
      const who = { actor: user._id, subject: user._id, ip_address: ipAddress };
      await this.audit.record({ type: 'user.signed_up', ...who, facts: { provider } }, session);
    });
  }
}

/** A provider's word for a name, if it can be one here. */
function nameFrom(text: string): string {
  const name = personName.safeParse(text.slice(0, 100));
  return name.success ? name.data : '';
}

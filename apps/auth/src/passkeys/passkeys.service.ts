import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server';
import { Clock, isDuplicateKey, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import type { User } from '../users/user.schema.js';
import { challengeOf } from './client-data.js';
import { type Passkey, PASSKEYS } from './passkey.schema.js';
import { PasskeyChallenges } from './passkey-challenges.js';
import { type GivenRegistration, toRegistration } from './passkeys.dto.js';
import { PasskeyErrors } from './passkeys.errors.js';
import { RELYING_PARTY, type RelyingParty } from './relying-party.js';

const maxPasskeys = 20;

/** The passkeys of users: registering them (WebAuthn, 7.1), listing and removing them. */
@Injectable()
export class PasskeysService implements OnModuleInit {
  constructor(
    @InjectModel(PASSKEYS) private readonly passkeys: Model<Passkey>,
    @Inject(RELYING_PARTY) private readonly party: RelyingParty,
    private readonly challenges: PasskeyChallenges,
    private readonly clock: Clock,
  ) {}

  /** Waits for the unique index: a credential belongs to one account. */
  async onModuleInit(): Promise<void> {
    await this.passkeys.init();
  }

  async countOf(userId: string, session?: ClientSession): Promise<number> {
    return this.passkeys.countDocuments({ user_id: userId }).session(session ?? null);
  }

  list(userId: string): Promise<Passkey[]> {
    return this.passkeys.find({ user_id: userId }).sort({ created_at: 1, _id: 1 }).lean<Passkey[]>();
  }

  /** @returns what the page gives to `navigator.credentials.create()` */
  async registrationOptions(user: User) {
    const known = await this.list(user._id);
    if (known.length >= maxPasskeys) throw PasskeyErrors.tooMany();
    return generateRegistrationOptions({
      rpName: 'Parley',
      rpID: this.party.id,
      userName: user.email,
      userDisplayName: `${user.first_name} ${user.last_name}`,
      userID: new Uint8Array(Buffer.from(user._id)),
      challenge: await this.challenges.give('registration', user._id),
      attestationType: 'none',
      excludeCredentials: known.map(({ credential_id: id, transports }) => ({ id, transports })),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    });
  }

  /** @returns the passkey, checked and not stored yet. @throws DomainError `passkey_refused` */
  async checkRegistration(userId: string, name: string, given: GivenRegistration): Promise<Passkey> {
    const expectedChallenge = challengeOf(given.response.clientDataJSON);
    const isOurs =
      expectedChallenge !== undefined && (await this.challenges.consume('registration', userId, expectedChallenge));
    if (!isOurs) throw PasskeyErrors.registrationRefused();
    const { registrationInfo: info } = await verifyRegistrationResponse({
      response: toRegistration(given),
      expectedChallenge,
      expectedOrigin: [...this.party.origins],
      expectedRPID: this.party.id,
      requireUserVerification: false,
    }).catch((cause: unknown) => {
      throw PasskeyErrors.registrationRefused(cause);
    });
    if (!info) throw PasskeyErrors.registrationRefused();
    return {
      _id: newId('pk'),
      user_id: userId,
      credential_id: info.credential.id,
      public_key: Buffer.from(info.credential.publicKey).toString('base64url'),
      counter: info.credential.counter,
      transports: given.response.transports ?? [],
      is_synced: info.credentialDeviceType === 'multiDevice',
      name,
      created_at: this.clock.date(),
      last_used_at: null,
    };
  }

  /** @throws DomainError `passkey_known`, `too_many_passkeys` */
  async add(passkey: Passkey, session: ClientSession): Promise<void> {
    if ((await this.countOf(passkey.user_id, session)) >= maxPasskeys) throw PasskeyErrors.tooMany();
    try {
      await this.passkeys.create([passkey], { session });
    } catch (error) {
      throw isDuplicateKey(error) ? PasskeyErrors.known() : error;
    }
  }

  /** @throws DomainError `passkey_not_found` */
  async remove(userId: string, id: string, session: ClientSession): Promise<Passkey> {
    const removed = await this.passkeys.findOneAndDelete({ _id: id, user_id: userId }, { session }).lean<Passkey>();
    if (!removed) throw PasskeyErrors.notFound();
    return removed;
  }
}

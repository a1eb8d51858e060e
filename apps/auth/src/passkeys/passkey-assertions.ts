import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { generateAuthenticationOptions, verifyAuthenticationResponse } from '@simplewebauthn/server';
import { Clock } from '@parley/platform';
import type { Model } from 'mongoose';
import { challengeOf } from './client-data.js';
import { type ChallengePurpose, type Passkey, PASSKEYS } from './passkey.schema.js';
import { PasskeyChallenges } from './passkey-challenges.js';
import { type GivenAssertion, toAssertion } from './passkeys.dto.js';
import { PasskeyErrors } from './passkeys.errors.js';
import { RELYING_PARTY, type RelyingParty } from './relying-party.js';

/** Whose passkey it was, and what it adds to the `amr` of a session (RFC 8176). */
export interface PasskeyProof {
  userId: string;
  amr: string[];
}

/** Checks that somebody has a passkey (WebAuthn, 7.2). */
@Injectable()
export class PasskeyAssertions {
  constructor(
    @InjectModel(PASSKEYS) private readonly passkeys: Model<Passkey>,
    @Inject(RELYING_PARTY) private readonly party: RelyingParty,
    private readonly challenges: PasskeyChallenges,
    private readonly clock: Clock,
  ) {}

  /**
   * @param userId null to sign in with: then the authenticator says who it is, and has to check that itself (`userVerification`)
   * @returns what the page gives to `navigator.credentials.get()`
   */
  async options(purpose: ChallengePurpose, userId: string | null) {
    const known = userId === null ? [] : await this.passkeys.find({ user_id: userId }).lean<Passkey[]>();
    return generateAuthenticationOptions({
      rpID: this.party.id,
      challenge: await this.challenges.give(purpose, userId),
      userVerification: userId === null ? 'required' : 'preferred',
      allowCredentials: known.map(({ credential_id: id, transports }) => ({ id, transports })),
    });
  }

  /**
   * @param userId whose passkey it must be; null for whoever it turns out to be
   * @throws DomainError `passkey_refused`
   */
  async check(purpose: ChallengePurpose, userId: string | null, given: GivenAssertion): Promise<PasskeyProof> {
    const challenge = challengeOf(given.response.clientDataJSON);
    const isOurs = challenge !== undefined && (await this.challenges.consume(purpose, userId, challenge));
    if (!isOurs) throw PasskeyErrors.refused();
    const owner = userId === null ? {} : { user_id: userId };
    const passkey = await this.passkeys.findOne({ credential_id: given.id, ...owner }).lean<Passkey>();
    if (!passkey || !isOwnersHandle(passkey, given)) throw PasskeyErrors.refused();
    const { newCounter, userVerified } = await this.verify(passkey, challenge, given, userId === null);
    // Of two answers with the same count one is a copy, wherever they are checked.
    const { modifiedCount } = await this.passkeys.updateOne(
      { _id: passkey._id, counter: newCounter === 0 ? 0 : { $lt: newCounter } },
      { $set: { counter: newCounter, last_used_at: this.clock.date() } },
    );
    if (modifiedCount !== 1) throw PasskeyErrors.refused();
    const key = passkey.is_synced ? 'swk' : 'hwk';
    // With the verification of its user a passkey is two factors by itself.
    return { userId: passkey.user_id, amr: userVerified || userId !== null ? [key, 'mfa'] : [key] };
  }

  private async verify(passkey: Passkey, expectedChallenge: string, given: GivenAssertion, isSignIn: boolean) {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: toAssertion(given),
      expectedChallenge,
      expectedOrigin: [...this.party.origins],
      expectedRPID: this.party.id,
      credential: {
        id: passkey.credential_id,
        publicKey: new Uint8Array(Buffer.from(passkey.public_key, 'base64url')),
        counter: passkey.counter,
      },
      requireUserVerification: isSignIn,
    }).catch((cause: unknown) => {
      throw PasskeyErrors.refused(cause);
    });
    if (!verified) throw PasskeyErrors.refused();
    return authenticationInfo;
  }
}

/** An authenticator that keeps the account's name says it; it is the one that it was given. */
function isOwnersHandle({ user_id }: Passkey, { response }: GivenAssertion): boolean {
  const handle = response.userHandle;
  return !handle || Buffer.from(handle, 'base64url').toString('utf8') === user_id;
}

import { AuthErrors } from '../refusals/auth.errors.js';
import type { Caller, Carrier, CredentialReader } from './credential-reader.js';

/** Works out who is calling. Every kind of credential is looked for, and exactly one must be present. */
export class CredentialReaders {
  constructor(private readonly readers: readonly CredentialReader[]) {}

  /** @throws DomainError `token_missing`, `invalid_request` for two credentials, and whatever their reader refuses */
  async identify(carrier: Carrier): Promise<Caller> {
    const { reader, credential } = this.presentedBy(carrier);
    return reader.verify(credential);
  }

  /** Whoever is known already, so that nothing has to be waited for. @throws DomainError what `identify` would refuse */
  recall(carrier: Carrier): Caller | undefined {
    const { reader, credential } = this.presentedBy(carrier);
    return reader.recall(credential);
  }

  private presentedBy(carrier: Carrier): { reader: CredentialReader; credential: string } {
    let presented: { reader: CredentialReader; credential: string } | undefined;
    for (const reader of this.readers) {
      const credential = reader.find(carrier);
      if (credential === undefined) continue;
      // Choosing one would let a proxy and this service disagree about who is calling.
      if (presented) throw AuthErrors.severalCredentials();
      presented = { reader, credential };
    }
    if (!presented)
      throw carrier.headersDistinct.authorization ? AuthErrors.authorizationUnknown() : AuthErrors.tokenMissing();
    return presented;
  }
}

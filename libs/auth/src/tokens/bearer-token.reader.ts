import { Injectable } from '@nestjs/common';
import { looksLikeApiKey } from '../api-keys/key-format.js';
import { type Caller, type Carrier, CredentialReader } from '../who/credential-reader.js';
import { bearerOf } from '../who/bearer.js';
import { TokenVerifier } from './token-verifier.js';

/** `Authorization: Bearer …` with a token of ours; API keys come there too, and have a reader of their own. */
@Injectable()
export class BearerTokenReader extends CredentialReader {
  constructor(private readonly verifier: TokenVerifier) {
    super();
  }

  /** @throws DomainError `invalid_token` for a malformed header, `invalid_request` for two */
  find(carrier: Carrier): string | undefined {
    const token = bearerOf(carrier);
    return token === undefined || looksLikeApiKey(token) ? undefined : token;
  }

  override recall(token: string): Caller | undefined {
    const principal = this.verifier.recall(token);
    return principal && { principal, accessToken: token };
  }

  /** @throws DomainError what `TokenVerifier.verify` refuses */
  async verify(token: string): Promise<Caller> {
    return { principal: await this.verifier.verify(token), accessToken: token };
  }
}

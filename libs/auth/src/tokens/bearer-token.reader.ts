import { Injectable } from '@nestjs/common';
import { AuthErrors } from '../refusals/auth.errors.js';
import { type Caller, type Carrier, CredentialReader } from '../who/credential-reader.js';
import { TokenVerifier } from './token-verifier.js';

const bearer = /^bearer ([^\s,]+)$/i;

/** `Authorization: Bearer …` (RFC 6750, 2.1). A token in the query or in the body is never looked at. */
@Injectable()
export class BearerTokenReader extends CredentialReader {
  constructor(private readonly verifier: TokenVerifier) {
    super();
  }

  /** @throws DomainError `invalid_token` for a malformed header, `invalid_request` for two */
  find({ headersDistinct }: Carrier): string | undefined {
    const values = headersDistinct.authorization ?? [];
    if (values.length > 1) throw AuthErrors.severalTokens();
    const [value] = values;
    if (value === undefined || !/^bearer/i.test(value)) return undefined;
    const token = bearer.exec(value)?.[1];
    if (!token) throw AuthErrors.authorizationMalformed();
    return token;
  }

  /** @throws DomainError what `TokenVerifier.verify` refuses */
  async verify(token: string): Promise<Caller> {
    return { principal: await this.verifier.verify(token), accessToken: token };
  }
}

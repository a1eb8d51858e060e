import { Injectable } from '@nestjs/common';
import { bearerOf } from '../who/bearer.js';
import { type Caller, type Carrier, CredentialReader } from '../who/credential-reader.js';
import { ApiKeys } from './api-keys.js';
import { looksLikeApiKey } from './key-format.js';

/** `Authorization: Bearer pk_…`: a program that calls with a key. */
@Injectable()
export class ApiKeyReader extends CredentialReader {
  constructor(private readonly apiKeys: ApiKeys) {
    super();
  }

  /** @throws DomainError `invalid_token` for a malformed header, `invalid_request` for two */
  find(carrier: Carrier): string | undefined {
    const credential = bearerOf(carrier);
    return credential !== undefined && looksLikeApiKey(credential) ? credential : undefined;
  }

  /** @throws DomainError what `ApiKeys.verify` refuses */
  async verify(key: string): Promise<Caller> {
    return { principal: await this.apiKeys.verify(key), accessToken: key };
  }
}

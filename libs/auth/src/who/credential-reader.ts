import type { Principal } from './principal.js';

/** What may carry a credential: a request (Node's IncomingMessage will do), or the handshake that opens a socket. */
export interface Carrier {
  /** Every header with all its values, by lower-case name. */
  readonly headersDistinct: Readonly<Partial<Record<string, string[]>>>;
  /** What a socket's client sent along (socket.io's `handshake.auth`), unchecked. */
  readonly auth?: Readonly<Record<string, unknown>>;
}

/** Who is calling, as proved by their credential. */
export interface Caller {
  principal: Principal;
  /** The access token or API key itself, for a call made in the user's name. */
  accessToken?: string;
}

/** One kind of credential: where it is carried, and whom it proves. */
export abstract class CredentialReader {
  /**
   * @returns the credential, or undefined when the carrier has none of this kind
   * @throws DomainError when it has one that is malformed, or several
   */
  abstract find(carrier: Carrier): string | undefined;

  /** What is known of a credential without waiting; undefined where only `verify` can tell. */
  recall(_credential: string): Caller | undefined {
    return undefined;
  }

  /** @throws DomainError when the credential proves nothing, or when that cannot be known right now (503) */
  abstract verify(credential: string): Promise<Caller>;
}

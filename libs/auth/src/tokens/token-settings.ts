/** Which tokens a service takes. */
export interface TokenSettings {
  /** What their `aud` must name (RFC 7519, 4.1.3): this service. */
  audience: 'auth' | 'accounting' | 'chat';
  /** Their `iss`: auth's name, the same in every place it runs. */
  issuer: string;
}

export const TOKEN_SETTINGS = Symbol('TokenSettings');

/** The issuer of all tokens of one installation. */
export const tokenIssuer = 'parley-auth';

export interface AuthLibOptions {
  /** The audience that tokens must name: this service. */
  service: 'auth' | 'accounting' | 'chat';
  /** The `iss` of every token: auth's name, the same in every place it runs. */
  issuer: string;
}

export const AUTH_LIB_OPTIONS = Symbol('AuthLibOptions');

/** The issuer of all tokens of one installation. */
export const tokenIssuer = 'parley-auth';

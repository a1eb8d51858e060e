/** What every verified token says. */
interface TokenFacts {
  /** The signing key (`kid`). */
  keyId: string;
  /** When it was issued (`iat_ms`, or the beginning of the second `iat`), in milliseconds since the epoch. */
  issuedAtMs: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** A signed-in person, as the access token states it. */
export interface UserPrincipal extends TokenFacts {
  kind: 'user';
  userId: string;
  /** The login session (`sid`). */
  loginSessionId: string;
  /** The organisation that the token is for; null outside of any. */
  orgId: string | null;
  /** When the user last proved who they are (`auth_time`), in milliseconds since the epoch; 0 when the token does not say. */
  authTime: number;
  /** How they did (`amr`, RFC 8176). */
  amr: readonly string[];
  /** The role at the time of issue (`rid`), and the version of the membership that gave it (`mv`). Never decide by these: rights are asked for. */
  roleId: string | null;
  membershipVersion: number;
  /** The API key that a program came with instead of an access token; its rights are the key's, not the person's. */
  apiKey?: ApiKeyFacts;
}

/** What matters about an API key beside its owner. */
export interface ApiKeyFacts {
  id: string;
  /** What all of its calls together may cost, in micro-credits; null without such a limit. */
  capUcr: number | null;
}

/** Another service, as its service token states it. */
export interface ServicePrincipal extends TokenFacts {
  kind: 'service';
  service: string;
  /** What it may ask of this service (RFC 6749, 3.3). */
  scopes: readonly string[];
}

export type Principal = UserPrincipal | ServicePrincipal;

/** A signed-in person, as the access token states it. */
export interface UserPrincipal {
  kind: 'user';
  userId: string;
  /** The login session (`sid`). */
  loginSessionId: string;
  /** The organisation that the token is for; null outside of any. */
  orgId: string | null;
  /** When the user last proved who they are (`auth_time`), in milliseconds since the epoch; 0 when the token does not say. */
  authTime?: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Another service, as its service token states it. */
export interface ServicePrincipal {
  kind: 'service';
  service: string;
  /** What it may ask of this service (RFC 6749, 3.3). */
  scopes: readonly string[];
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export type Principal = UserPrincipal | ServicePrincipal;

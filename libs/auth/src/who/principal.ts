/** A signed-in person, as the access token states it. */
export interface UserPrincipal {
  kind: 'user';
  userId: string;
  /** The login session (`sid`). */
  loginSessionId: string;
  orgId: string | null;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Another service, as its service token states it. */
export interface ServicePrincipal {
  kind: 'service';
  service: string;
  scopes: readonly string[];
  expiresAt: number;
}

export type Principal = UserPrincipal | ServicePrincipal;

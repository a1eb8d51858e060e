/** How long a session can be renewed: without a pause longer than the one, and in all no longer than the other. */
export interface RefreshLife {
  idleSeconds: number;
  absoluteSeconds: number;
}

export const REFRESH_LIFE = Symbol('RefreshLife');

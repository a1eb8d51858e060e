import { SetMetadata } from '@nestjs/common';

/** How a route is opened. A route without a rule is a programming error, and the service does not start. */
export type AccessRule =
  | { kind: 'public' }
  /** `anyOrganization`: whatever has become of the membership, and whichever organisation the request names. */
  | { kind: 'user'; visitors?: boolean; anyOrganization?: boolean }
  | { kind: 'permission'; permission: string; orScope?: string }
  | { kind: 'service'; scope: string };

export const ACCESS_RULE = Symbol('AccessRule');

/** Opens a route to everyone. */
export const Public = () => SetMetadata(ACCESS_RULE, { kind: 'public' } satisfies AccessRule);

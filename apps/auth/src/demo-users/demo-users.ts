import { randomBytes } from 'node:crypto';
import type { PlatformRole } from '../users/user.schema.js';

export interface DemoUser {
  username: string;
  first_name: string;
  last_name: string;
  platform_role: PlatformRole;
}

export const demoUsers: readonly DemoUser[] = [
  { username: 'user1', first_name: 'Uma', last_name: 'Arden', platform_role: 'user' },
  { username: 'user2', first_name: 'Tariq', last_name: 'Bell', platform_role: 'user' },
  { username: 'admin', first_name: 'Ada', last_name: 'Keller', platform_role: 'platform_admin' },
];

export const emailOf = ({ username }: DemoUser): string => `${username}@example.com`;

/** What the documentation says, and so everybody knows. */
export const publishedPassword = ({ username }: DemoUser): string => `parley-${username}-demo`;

/** 96 random bits, which nobody guesses. */
export const randomPassword = (): string => randomBytes(12).toString('base64url');

import { randomBytes } from 'node:crypto';

/**
 * A username for somebody who has chosen none: what stands before the @ of their address, in the letters that a username may have.
 * @param attempt from the second on it ends in four random letters, because the plain one was taken
 */
export function usernameFor(email: string, attempt = 0): string {
  const local = email.split('@', 1)[0]!;
  const plain = local
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '')
    .replace(/^[._-]+/, '')
    .slice(0, 26);
  const name = plain.length < 2 ? `user${plain}` : plain;
  return attempt === 0 ? name : `${name}-${randomBytes(2).toString('hex')}`;
}

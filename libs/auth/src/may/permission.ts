import { globMatches } from './glob.js';

/** It begins with a letter, a digit or a star, so that none is the name of something that every object has. */
const segment = /^[a-z0-9*][a-z0-9_*-]{0,31}$/;
const maxStars = 3;

/**
 * Whether a text is a permission or a pattern of permissions: `resource:action`, each segment lower-case letters, digits, `_`,
 * `-`, with `*` for any run of characters (at most three). `*` alone is `*:*`.
 */
export function isPermissionPattern(text: string): boolean {
  if (text === '*') return true;
  const parts = text.split(':');
  return parts.length === 2 && parts.every((part) => segment.test(part)) && text.split('*').length - 1 <= maxStars;
}

/** Whether a text is one permission and no pattern of several. */
export const isPermission = (text: string): boolean => isPermissionPattern(text) && !text.includes('*');

/** Whether a granted pattern covers a permission, segment by segment. */
export function covers(pattern: string, permission: string): boolean {
  if (!isPermissionPattern(pattern) || !isPermissionPattern(permission)) return false;
  const [resources, actions] = segmentsOf(pattern);
  const [resource, action] = segmentsOf(permission);
  return globMatches(resources, resource) && globMatches(actions, action);
}

/**
 * Whether everything that `inner` covers is covered by one of the patterns: who has those may give `inner` away. Two patterns that cover
 * it only together do not count.
 */
export const contains = (patterns: readonly string[], inner: string): boolean =>
  patterns.some((pattern) => covers(pattern, inner));

const segmentsOf = (pattern: string): [string, string] =>
  (pattern === '*' ? '*:*' : pattern).split(':') as [string, string];

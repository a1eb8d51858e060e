const segment = /^[a-z0-9_*-]{1,32}$/;
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

/** Whether a granted pattern covers a permission, segment by segment. */
export function covers(pattern: string, permission: string): boolean {
  if (!isPermissionPattern(pattern) || !isPermissionPattern(permission)) return false;
  const [resources, actions] = (pattern === '*' ? '*:*' : pattern).split(':') as [string, string];
  const [resource, action] = (permission === '*' ? '*:*' : permission).split(':') as [string, string];
  return globMatches(resources, resource) && globMatches(actions, action);
}

/** Linear two-pointer glob: no regular expression, so no pattern can make it slow. */
function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let index = 0;
  while (index < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = index;
    } else if (pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

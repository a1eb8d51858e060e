import { isIPv4, isIPv6 } from 'node:net';

/**
 * The one name under which an address is counted: an IPv4 address itself, however it is written, and of an IPv6 address the first half,
 * because the other half is its owner's to change at will. What is no address shares one name.
 */
export function networkOf(ipAddress: string): string {
  const bare = withoutPort(ipAddress.trim()).replace(/%.*$/, '');
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return 'unknown';
  const groups = groupsOf(bare);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!isMapped)
    return groups
      .slice(0, 4)
      .map((group) => group.toString(16))
      .join(':');
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/** Some proxies write the client's port behind its address. */
function withoutPort(text: string): string {
  const [, inBrackets] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? [];
  if (inBrackets) return inBrackets;
  return /^[\d.]+:\d+$/.test(text) ? text.replace(/:\d+$/, '') : text;
}

/** The eight groups of an IPv6 address. `URL` writes every address in one form, dotted endings among them. */
function groupsOf(ipv6: string): number[] {
  const [head = '', tail] = new URL(`http://[${ipv6}]`).hostname.slice(1, -1).split('::');
  const [front, back] = [head, tail ?? ''].map((part) =>
    part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)),
  );
  const missing = Array.from({ length: 8 - front!.length - back!.length }, () => 0);
  return [...front!, ...missing, ...back!];
}

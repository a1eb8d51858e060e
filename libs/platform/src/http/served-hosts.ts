/** The name in a `Host` header, with brackets around an IPv6 address; the port and the dot of a complete name do not count. */
const hostHeader = /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::\d{1,5})?$/;
const loopback = /^(?:localhost|(?:[a-z0-9_-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether a request is for this service, going by its `Host`: a name of this machine, or one of `names`. A page of another
 * site can have its own name point at 127.0.0.1 after it has been loaded (DNS rebinding); for the browser its requests are
 * then to the same origin, and only the name that it still sends tells them apart. What a proxy claims in other headers is
 * not looked at: such a page can send those.
 */
export function isServedHost(host: string | undefined, names: readonly string[]): boolean {
  const name = hostHeader.exec((host ?? '').toLowerCase())?.[1];
  return name !== undefined && (loopback.test(name) || names.includes(name));
}

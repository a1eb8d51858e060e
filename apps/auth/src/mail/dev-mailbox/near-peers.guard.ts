import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { PlatformErrors } from '@parley/platform';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Only for people on this machine: the mailbox holds links that sign in. The peer of the connection must be here, and so must
 * everybody whom a proxy names; to others it looks as if there were no such route.
 */
@Injectable()
export class NearPeersGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { raw } = context.switchToHttp().getRequest<{ raw: IncomingMessage }>();
    const { forwarded, ...headers } = raw.headers;
    const named = ['x-forwarded-for', 'x-real-ip'].flatMap((name) => String(headers[name] ?? '').split(','));
    const claimed = named.map((address) => address.trim()).filter(Boolean);
    const everybodyIsHere = [raw.socket.remoteAddress ?? '', ...claimed].every(isHere);
    if (forwarded !== undefined || !everybodyIsHere) throw PlatformErrors.routeNotFound();
    return true;
  }
}

function isHere(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

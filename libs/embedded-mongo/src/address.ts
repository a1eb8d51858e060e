import { join, resolve } from 'node:path';

/** Where a database listens: at a file, or at a port. */
export type Address = { socket: string } | { host: string; port: number };

/** Drivers take a host for a socket when it ends in `.sock`. */
const SOCKET_FILE = 'mongo.sock';
/** What the system's structure for an address holds, without the zero byte at its end. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

export const socketIn = (directory: string): string => join(resolve(directory), SOCKET_FILE);

/** Why there can be no socket at a path; nothing when there can be one. */
export function obstacleTo(socket: string): string | undefined {
  if (process.platform === 'win32') return 'drivers know no sockets on Windows';
  const bytes = Buffer.byteLength(socket);
  if (bytes > LONGEST_PATH) return `the path ${socket} has ${bytes} bytes, and a socket's has at most ${LONGEST_PATH}`;
  // The driver decodes the path twice.
  if (socket.includes('%')) return `the path ${socket} has a % in it, which drivers do not read`;
  return undefined;
}

/** As clients are told it, and as the replica set calls its member. */
export const nameOf = (address: Address): string =>
  'socket' in address ? address.socket : `${address.host}:${address.port}`;

/**
 * `directConnection`, for a driver that looks for the members of the set finds those that it was initiated with, which need not
 * be reached from here, and writes their names in small letters, paths too.
 */
export const uriOf = (address: Address): string =>
  `mongodb://${'socket' in address ? encodeURIComponent(address.socket) : nameOf(address)}/?replicaSet=rs0&directConnection=true`;

const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
const maxLength = 8_192;
const absent = 'Not present';
/** The latest time that JavaScript can write (ECMA-262, 21.4.1.1). */
const latestSeconds = 8.64e12;

export interface Inspection {
  isDecoded: boolean;
  lines: string[];
}

class Undecodable extends Error {}

/**
 * What a token says about itself, for whoever has one that is refused. Nothing is verified, and neither the token nor its signature is
 * part of what is returned.
 */
export function inspectToken(given: string, nowMs: number): Inspection {
  try {
    return { isDecoded: true, lines: describe(given.trim().replace(/^bearer\s+/i, ''), nowMs) };
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    return { isDecoded: false, lines: [`Failed to decode token: ${error.message}`] };
  }
}

function describe(token: string, nowMs: number): string[] {
  if (token.length > maxLength) throw new Undecodable('it is too long');
  const parts = token.split('.');
  if (parts.length !== 3) throw new Undecodable(`it has ${parts.length} parts instead of 3`);
  if (!form.test(token)) throw new Undecodable('a part of it is not base64url');
  const [header, claims] = [decode(parts[0]!, 'header'), decode(parts[1]!, 'payload')];
  const { exp } = claims;
  if (typeof exp !== 'number' || !(Math.abs(exp) <= latestSeconds)) throw new Undecodable('it has no expiration');
  const minutes = (Math.abs(exp * 1_000 - nowMs) / 60_000).toFixed(1);
  return [
    exp * 1_000 <= nowMs ? `Token expired ${minutes} minutes ago` : `Token valid for ${minutes} more minutes`,
    `User ID: ${shown(claims.sub)}`,
    `Expiration: ${new Date(exp * 1_000).toISOString()}`,
    `Organization ID: ${shown(claims.org_id)}`,
    `Role: ${shown(claims.rid)}`,
    `Session ID: ${shown(claims.sid)}`,
    `Type: ${shown(header.typ)}, key ${shown(header.kid)}`,
    'The signature was not checked.',
  ];
}

/** The parser's own error is not told: it quotes what it was given. */
function decode(part: string, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    throw new Undecodable(`its ${name} is not JSON`);
  }
  if (typeof value !== 'object' || value === null) throw new Undecodable(`its ${name} is not an object`);
  return value as Record<string, unknown>;
}

/** Anybody may have written it, so nothing in it moves the cursor of a terminal. */
function shown(value: unknown): string {
  if (typeof value !== 'string' || value === '') return absent;
  return value.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
}

import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { fromBase64, type ForeignHash, type HashReader, type HashRefusal, isSame } from './foreign-hash.js';

const derive = promisify(pbkdf2);
/** Of SHA-256 about a second. Django 6 uses 1,200,000. */
const maxIterations = 2_000_000;
const maxLength = 128;

const django = /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,12})\$([^$]{1,256})\$([A-Za-z0-9+/=]+)$/;
const passlib = /^\$pbkdf2(-sha256|-sha512)?\$(\d{1,12})\$([A-Za-z0-9./+]*)\$([A-Za-z0-9./+]+)$/;
const phc = /^\$pbkdf2-(sha1|sha256|sha512)\$i=(\d{1,12})(?:,l=\d{1,4})?\$([A-Za-z0-9+/]*)\$([A-Za-z0-9+/]+)$/;

/** PBKDF2 (RFC 8018): Django's `pbkdf2_sha256$…`, passlib's `$pbkdf2-sha256$…` and PHC strings. */
export const readPbkdf2: HashReader = (text) => {
  if (!/^\$?pbkdf2/.test(text)) return undefined;
  const ofDjango = django.exec(text);
  // Django's salt is the text itself, everybody else's is base64 of bytes.
  if (ofDjango) return made(ofDjango[1]!, Number(ofDjango[2]), Buffer.from(ofDjango[3]!), fromBase64(ofDjango[4]!));
  const found = phc.exec(text) ?? passlib.exec(text);
  if (!found) return 'hash_malformed';
  const digest = (found[1] ?? 'sha1').replace('-', '');
  return made(digest, Number(found[2]), fromBase64(found[3]!), fromBase64(found[4]!));
};

function made(
  digest: string,
  iterations: number,
  salt: Buffer | undefined,
  key: Buffer | undefined,
): ForeignHash | HashRefusal {
  if (!salt || !key || key.length < 16 || iterations < 1) return 'hash_malformed';
  if (iterations > maxIterations || key.length > maxLength || salt.length > maxLength * 2) return 'hash_too_expensive';
  return {
    format: `pbkdf2-${digest}`,
    matches: async (password) => isSame(await derive(password, salt, iterations, key.length, digest), key),
  };
}

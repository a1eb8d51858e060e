import { createCipheriv, scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { fromBase64, type HashReader, isSame } from './foreign-hash.js';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
/** 128 MiB each; four run at once. */
const maxMemoryBytes = 134_217_728;
const maxLanes = 16;
const maxLength = 128;

const phc = /^\$(?:scrypt)\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/.]*)\$([A-Za-z0-9+/.]+)$/;
const firebase =
  /^\$fbscrypt\$v=1,n=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})(?:,ss=([A-Za-z0-9+/=]*))?,sk=([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/;

/** scrypt (RFC 7914) as a PHC string. `ln` is the logarithm of its cost N. */
export const readScrypt: HashReader = (text) => {
  if (!text.startsWith('$scrypt$')) return undefined;
  const found = phc.exec(text);
  const [salt, key] = [found && fromBase64(found[4]!), found && fromBase64(found[5]!)];
  const options = costOf(found);
  if (!salt || !key || key.length < 16 || options === 'hash_malformed') return 'hash_malformed';
  if (options === 'hash_too_expensive' || key.length > maxLength || salt.length > maxLength)
    return 'hash_too_expensive';
  return {
    format: 'scrypt',
    matches: async (password) => isSame(await derive(password, salt, key.length, options), key),
  };
};

/**
 * Firebase's variant: scrypt of the password, salted with the user's salt and the project's separator, is the key under which the
 * project's signer key is encrypted (AES-256-CTR), and that is the hash. All of it in one text, which others use for it too:
 * `$fbscrypt$v=1,n=14,r=8,p=1,ss=<separator>,sk=<signer key>$<salt>$<hash>`, in base64.
 */
export const readFirebaseScrypt: HashReader = (text) => {
  if (!text.startsWith('$fbscrypt$')) return undefined;
  const found = firebase.exec(text);
  if (!found) return 'hash_malformed';
  const [separator, signerKey, salt, hash] = [found[4] ?? '', found[5]!, found[6]!, found[7]!].map(fromBase64);
  const options = costOf(found);
  if (!separator || !signerKey || !salt || !hash || options === 'hash_malformed') return 'hash_malformed';
  if (signerKey.length < 16 || signerKey.length !== hash.length) return 'hash_malformed';
  if (options === 'hash_too_expensive' || signerKey.length > maxLength || salt.length > maxLength) {
    return 'hash_too_expensive';
  }
  const matches = async (password: string) => {
    const key = await derive(password, Buffer.concat([salt, separator]), 32, options);
    const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
    return isSame(Buffer.concat([cipher.update(signerKey), cipher.final()]), hash);
  };
  return { format: 'firebase-scrypt', matches };
};

function costOf(found: RegExpExecArray | null): ScryptOptions | 'hash_malformed' | 'hash_too_expensive' {
  if (!found) return 'hash_malformed';
  const [log, r, p] = [Number(found[1]), Number(found[2]), Number(found[3])];
  if (log < 1 || r < 1 || p < 1) return 'hash_malformed';
  const N = 2 ** log;
  const memory = 128 * N * r;
  // The lanes take their time one after the other.
  if (memory * p > maxMemoryBytes || p > maxLanes) return 'hash_too_expensive';
  return { N, r, p, maxmem: memory + 128 * r * p + 1_048_576 };
}

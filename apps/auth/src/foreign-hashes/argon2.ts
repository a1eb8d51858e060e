import { verify } from '@node-rs/argon2';
import { fromBase64, type HashReader } from './foreign-hash.js';

/** Four run at once: 512 MiB of memory at the most. */
const max = { memoryKib: 131_072, passes: 10, lanes: 16, memoryTimesPasses: 655_360 };
const form = /^\$argon2(id|i)\$v=19\$m=(\d{1,9}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Argon2i and Argon2id, version 1.3, as PHC strings (RFC 9106). */
export const readArgon2: HashReader = (text) => {
  if (!/^\$argon2(id|i|d)\$/.test(text)) return undefined;
  const [, kind, m, t, p, salt, hash] = form.exec(text) ?? [];
  if (kind === undefined) return 'hash_malformed';
  const [memoryKib, passes, lanes] = [Number(m), Number(t), Number(p)];
  const lengths = [fromBase64(salt!)?.length ?? 0, fromBase64(hash!)?.length ?? 0] as const;
  if (lengths[0] < 8 || lengths[1] < 16 || passes < 1 || lanes < 1 || memoryKib < 8 * lanes) return 'hash_malformed';
  const isTooMuch =
    memoryKib > max.memoryKib ||
    passes > max.passes ||
    lanes > max.lanes ||
    memoryKib * passes > max.memoryTimesPasses ||
    Math.max(...lengths) > 128;
  if (isTooMuch) return 'hash_too_expensive';
  return { format: `argon2${kind}`, matches: (password) => verify(text, password) };
};

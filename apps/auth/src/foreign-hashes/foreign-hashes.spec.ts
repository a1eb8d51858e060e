import { describe, expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { type ForeignHash, isRefusal } from './foreign-hash.js';
import { readForeignHash } from './foreign-hashes.js';
import { readSha256, wrapSha256 } from './sha256.js';

const password = 'correct horse';
const bcrypt = '$2b$04$l3l8J3yzAeRrTDAm/dcnEu0Q9CWEN.MVCQDBX2Ugy1sI23uLuzCI2';
const ofEighty = '$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i';
/** Made by libxcrypt, Python's hashlib, the reference implementation of Argon2 and Firebase. */
const made: Array<[format: string, hash: string, password: string]> = [
  ['bcrypt', bcrypt, password],
  ['bcrypt', bcrypt.replace('$2b', '$2a'), password],
  ['bcrypt', bcrypt.replace('$2b', '$2y'), password],
  ['pbkdf2-sha256', 'pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=', password],
  ['pbkdf2-sha256', '$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ', password],
  [
    'pbkdf2-sha512',
    '$pbkdf2-sha512$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw$Xpx07WjVx4vCIvrmBRj8uOoVVtGqJqtUv2J5bhizSQs7osCteF7W4A61dZDqSIqQjO+dxO6p5FT/Uy7QRBXSXA',
    password,
  ],
  ['scrypt', '$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE', password],
  ['argon2i', '$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG', 'password'],
  [
    'firebase-scrypt',
    '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
    'user1password',
  ],
];
const read = (text: string): ForeignHash => {
  const hash = readForeignHash(text);
  if (isRefusal(hash)) throw new Error(hash);
  return hash;
};

describe('hashes of other systems', () => {
  it.each(made)('%s (%#) is matched by its password and by no other', async (format, text, right) => {
    const foreign = read(text);
    expect(foreign.format).toBe(format);
    expect(await foreign.matches(right)).toBe(true);
    for (const wrong of [`${right} `, right.toUpperCase(), '']) expect(await foreign.matches(wrong)).toBe(false);
  });

  it('bcrypt goes by the first 72 bytes, as it did where the hash comes from', async () => {
    expect(await read(ofEighty).matches('x'.repeat(80))).toBe(true);
    expect(await read(ofEighty).matches('x'.repeat(72))).toBe(true);
    expect(await read(ofEighty).matches('x'.repeat(71))).toBe(false);
  });

  it('a single SHA-256, salted or not, is stored under Argon2id', async () => {
    for (const [salt, digest] of [
      ['salt', '8cb258c07eb871943b4ad0e754a502b5fc3a389d75fefc91b4e010778ecca018'],
      ['', 'fdf7f62b9c9b5b7ccb5c4b0d3a2a8a9b1c8d9e0f112233445566778899aabbcc'],
    ]) {
      const stored = await wrapSha256(readSha256(`sha256$${salt}$${digest}`)!, (text) => hash(text));
      expect(stored).not.toContain(digest);
      const foreign = read(stored);
      expect([await foreign.matches(password), await foreign.matches('wrong')]).toEqual([salt === 'salt', false]);
    }
  });

  it.each([
    ['$2b$16$' + 'a'.repeat(53), 'hash_too_expensive'],
    ['$2b$31$' + 'a'.repeat(53), 'hash_too_expensive'],
    ['$2b$99$' + 'a'.repeat(53), 'hash_too_expensive'],
    ['$2b$03$' + 'a'.repeat(53), 'hash_malformed'],
    ['$2b$10$short', 'hash_malformed'],
    ['$scrypt$ln=18,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE', 'hash_too_expensive'],
    ['$scrypt$ln=63,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE', 'hash_too_expensive'],
    ['$scrypt$ln=14,r=8,p=99$AAECAwQFBgcICQoLDA0ODw$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE', 'hash_too_expensive'],
    ['$scrypt$ln=0,r=8,p=1$AAEC$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE', 'hash_malformed'],
    ['$scrypt$ln=14,r=8,p=1$$', 'hash_malformed'],
    ['pbkdf2_sha256$999999999$salt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=', 'hash_too_expensive'],
    ['pbkdf2_md5$1000$salt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=', 'hash_malformed'],
    ['pbkdf2_sha256$1000$salt$AAAA', 'hash_malformed'],
    ['$argon2id$v=19$m=4194304,t=3,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b1dWRWJTmaaJObG', 'hash_too_expensive'],
    ['$argon2id$v=19$m=65536,t=99,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b1dWRWJTmaaJObG', 'hash_too_expensive'],
    ['$argon2d$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b1dWRWJTmaaJObG', 'hash_malformed'],
    ['$argon2id$v=19$m=65536,t=2,p=1$$', 'hash_malformed'],
    [
      '$fbscrypt$v=1,n=22,r=8,p=1,ss=Bw==,sk=AAECAwQFBgcICQoLDA0ODw==$AAAA$AAECAwQFBgcICQoLDA0ODw==',
      'hash_too_expensive',
    ],
    ['5f4dcc3b5aa765d61d8327deb882cf99', 'hash_format_unknown'],
    ['{SSHA}abcdef', 'hash_format_unknown'],
    ['$6$salt$hash', 'hash_format_unknown'],
    ['sha256$salt$' + 'a'.repeat(64), 'hash_format_unknown'],
    ['password', 'hash_format_unknown'],
    ['', 'hash_format_unknown'],
  ])('%s is refused: %s', (text, refusal) => expect(readForeignHash(text)).toBe(refusal));
});

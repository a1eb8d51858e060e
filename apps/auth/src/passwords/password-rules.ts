import { Inject, Injectable } from '@nestjs/common';
import { commonPasswords } from './common-passwords.js';
import { PasswordErrors } from './passwords.errors.js';

export const PASSWORD_MIN_LENGTH = Symbol('PasswordMinLength');

/** In characters, and in bytes, so that nobody has megabytes hashed. */
const maxLength = 128;
const maxBytes = 512;
/** A shorter word would be found in too many good passwords. */
const minWordLength = 4;
/** What must be left when the words that everybody knows of a person are taken away. */
const minRest = 8;

const common = new Set(commonPasswords.trim().split(/\s+/));
const ourName = 'parley';

/** What an attacker knows of a person. */
export interface PasswordOwner {
  email: string;
  firstName: string;
  lastName: string;
}

/**
 * Which passwords may be chosen: long enough, not one that everybody tries, and not made of the person's own names. No rules about
 * kinds of characters (ASVS 6.2.5), and every character counts as it is (6.2.8).
 */
@Injectable()
export class PasswordRules {
  constructor(@Inject(PASSWORD_MIN_LENGTH) private readonly minLength: number) {}

  /** @throws DomainError `password_too_short`, `password_too_long`, `password_common`, `password_contextual` (400) */
  check(password: string, owner: PasswordOwner): void {
    const length = [...password].length;
    if (length < this.minLength) throw PasswordErrors.tooShort(this.minLength);
    if (length > maxLength || Buffer.byteLength(password) > maxBytes) throw PasswordErrors.tooLong(maxLength);
    const lower = password.toLowerCase();
    if (isCommon(lower)) throw PasswordErrors.common();
    if ([...withoutWords(lower, wordsOf(owner))].length < minRest) throw PasswordErrors.contextual();
  }
}

/** Also one that is repeated, or has only digits and signs around it: `password123`, `dragonsdragons`. */
function isCommon(password: string): boolean {
  const bare = password.replace(/^[\d\W_]+|[\d\W_]+$/g, '');
  const half = password.slice(0, Math.ceil(password.length / 2));
  return (
    [password, bare, ...(half.repeat(2) === password ? [half] : [])].some((each) => common.has(each)) ||
    isOneRun(password)
  );
}

/** `aaaaaaaaaaaa`, `123456789012`, `abcdefghijkl`; after 9 comes 0. */
function isOneRun(password: string): boolean {
  const codes = [...password].map((character) => character.codePointAt(0)!);
  const steps = new Set(codes.slice(1).map((code, at) => code - codes[at]!));
  return runs.some((run) => [...steps].every((step) => run.includes(step)));
}

const runs = [[0], [1, -9], [-1, 9]];

function wordsOf({ email, firstName, lastName }: PasswordOwner): string[] {
  const [local = '', domain = ''] = email.toLowerCase().split('@');
  const words = [email, local, domain, ...local.split(/[._+-]/), domain.split('.')[0]!, firstName, lastName, ourName];
  return words.map((word) => word.toLowerCase()).filter((word) => word.length >= minWordLength);
}

/** The longest first, so that an address goes as a whole. */
const withoutWords = (password: string, words: readonly string[]): string =>
  [...words]
    .sort((one, other) => other.length - one.length)
    .reduce((rest, word) => rest.replaceAll(word, ''), password);

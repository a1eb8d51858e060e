import { domainToASCII } from 'node:url';
import { z } from 'zod';

/** What is not seen, or turns the direction of what is seen: a name with it looks like another one. */
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

/** Compatibility forms folded (a full-width @ is an @), no spaces around it, the domain as DNS has it (RFC 5891). */
function readable(text: string): string {
  const folded = text.normalize('NFKC').trim();
  const [local, domain, ...more] = folded.split('@');
  if (unseen.test(folded) || domain === undefined || more.length > 0) return 'not an address';
  return `${local}@${domainToASCII(domain)}`;
}

const isAddress = (address: string): boolean => address.length <= 254 && z.regexes.email.test(address);
const notAnAddress = 'is not an e-mail address';
const typed = z.string().max(254);

/**
 * An e-mail address in the one form under which it is stored and looked up: lower case, and a domain of ASCII letters. Dots and plus
 * signs stay: they are the mail server's business.
 */
export const emailAddress = typed
  .transform((text) => readable(text).toLowerCase())
  .refine(isAddress, { error: notAnAddress });

/** An address with the form that mails go to as well: its mail server may tell upper from lower case before the @. */
export const mailbox = typed
  .transform(readable)
  .refine(isAddress, { error: notAnAddress })
  .transform((address) => ({ email: address.toLowerCase(), mailAddress: address }));
export type Mailbox = z.output<typeof mailbox>;

/** A username in its one form: 2 to 32 letters, digits and `. _ -`, beginning with a letter or digit, lower case. */
export const username = z
  .string()
  .max(100)
  .normalize('NFKC')
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{1,31}$/, 'holds 2 to 32 letters, digits and . _ -, and begins with a letter or digit');

/** A first or a last name: what people are called, so nearly anything that can be seen. */
export const personName = z
  .string()
  .trim()
  .max(100)
  .refine((name) => !unseen.test(name), {
    error: 'holds characters that cannot be seen',
  });

export const languages = ['en', 'de'] as const;

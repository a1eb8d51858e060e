import { z } from 'zod';
import { emailAddress, languages, mailbox, personName } from '../users/names.js';

/** Exactly as typed; the bound is there so that no long text is looked at. The rules are told one by one (password-rules.ts). */
export const newPassword = z.string().min(1).max(2_000);
export const oneTimeToken = z.string().min(1).max(200);

export const signup = z
  .strictObject({
    email: mailbox,
    password: newPassword,
    first_name: personName.min(1),
    last_name: personName.default(''),
    /** In which mails are; by default the first of Accept-Language that there is. */
    language: z.enum(languages).optional(),
  })
  .meta({
    id: 'Signup',
    examples: [
      { email: 'ida@example.com', password: 'a walk along the harbour', first_name: 'Ida', last_name: 'Lund' },
    ],
  });
export type Signup = z.output<typeof signup>;

export const verification = z
  .strictObject({ token: oneTimeToken })
  .meta({ id: 'EmailVerification', examples: [{ token: 'the token behind the # of the link in the mail' }] });
export type Verification = z.infer<typeof verification>;

export const addressOnly = z.strictObject({ email: emailAddress }).meta({
  id: 'AddressOnly',
  examples: [{ email: 'ida@example.com' }],
});
export type AddressOnly = z.infer<typeof addressOnly>;

export const verified = z.object({ email_verified: z.literal(true) }).meta({ id: 'EmailVerified' });
export type Verified = z.infer<typeof verified>;

/** @returns the first language of `Accept-Language` that mails are written in */
export function languageOf(header: string | undefined): (typeof languages)[number] {
  const wanted = (header ?? '').split(',').map((each) => each.trim().slice(0, 2).toLowerCase());
  return wanted.flatMap((each) => languages.find((language) => language === each) ?? [])[0] ?? 'en';
}

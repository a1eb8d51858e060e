import { z } from 'zod';
import { newPassword, oneTimeToken } from '../signup/signup.dto.js';
import { languages, mailbox, personName } from '../users/names.js';

/** Exactly as typed; the bound is there so that long texts are not hashed. */
const ownPassword = z.string().min(1).max(512);
const mailedToken = 'the token behind the # of the link in the mail';

export const profileChange = z
  .strictObject({
    first_name: personName.min(1).optional(),
    last_name: personName.optional(),
    language: z.enum(languages).optional(),
  })
  .meta({ id: 'ProfileChange', examples: [{ first_name: 'Ida', last_name: 'Lund', language: 'de' }] });
export type ProfileChange = z.infer<typeof profileChange>;

export const passwordChange = z.strictObject({ current_password: ownPassword, new_password: newPassword }).meta({
  id: 'PasswordChange',
  examples: [{ current_password: 'the one of today', new_password: 'a walk along the harbour' }],
});
export type PasswordChangeDto = z.infer<typeof passwordChange>;

export const emailChange = z
  .strictObject({ email: mailbox, password: ownPassword })
  .meta({ id: 'EmailChange', examples: [{ email: 'ida.lund@example.com', password: 'the one of today' }] });
export type EmailChange = z.output<typeof emailChange>;

export const deactivation = z
  .strictObject({ password: ownPassword })
  .meta({ id: 'Deactivation', examples: [{ password: 'the one of today' }] });
export type Deactivation = z.infer<typeof deactivation>;

export const mailedTokenOnly = z
  .strictObject({ token: oneTimeToken })
  .meta({ id: 'MailedToken', examples: [{ token: mailedToken }] });
export type MailedToken = z.infer<typeof mailedTokenOnly>;

export const done = z.object({ message: z.string() }).meta({ id: 'Done' });
export type Done = z.infer<typeof done>;

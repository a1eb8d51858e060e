/**
 * Every mail that the product sends. `facts` are what its texts may show, as `{name}`; `path` is the page that its button opens, with
 * the fact `token` behind the `#`, where no server and no log sees it. There is one page for each purpose of a token: who chooses a
 * password for the first time does it where it is reset.
 */
export const mailCatalogue = {
  verify_email: { facts: [], path: '/verify-email' },
  already_registered: { facts: [], path: undefined },
  reset_password: { facts: [], path: '/reset-password' },
  set_password: { facts: [], path: '/reset-password' },
  admin_link: { facts: [], path: '/reset-password' },
  password_changed: { facts: [], path: undefined },
  email_change: { facts: [], path: '/confirm-email-change' },
  email_change_notice: { facts: ['new_email'], path: '/undo-email-change' },
  new_device: { facts: ['device', 'ip_address', 'at'], path: undefined },
  refresh_reuse: { facts: ['device', 'at'], path: undefined },
  unlock: { facts: [], path: '/unlock' },
  account_deactivated: { facts: [], path: '/restore' },
  factor_changed: { facts: ['what'], path: undefined },
  invitation: { facts: ['organization', 'inviter', 'role', 'message', 'expires'], path: '/invitation' },
  invitation_accepted: { facts: ['organization', 'invitee'], path: undefined },
  invitation_declined: { facts: ['organization', 'invitee'], path: undefined },
} as const satisfies Record<string, { facts: readonly string[]; path: `/${string}` | undefined }>;

export type MailName = keyof typeof mailCatalogue;

/** The words of one mail in one language: `{fact}` stands for a fact, `{name}` for the person's name. */
export interface MailTemplate {
  /** One line. */
  subject: string;
  paragraphs: readonly string[];
  /** What stands on the button; for mails with a link only. */
  action?: string | undefined;
}

/** All mails in one language. */
export type MailWords = Readonly<Record<MailName, MailTemplate>>;

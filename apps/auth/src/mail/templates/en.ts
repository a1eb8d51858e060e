import type { MailWords } from './catalogue.js';

export const english: MailWords = {
  verify_email: {
    subject: 'Confirm your e-mail address',
    paragraphs: [
      'Hello {name},',
      'Please confirm that this address is yours. The link works once and for 24 hours.',
      'If you did not sign up, do nothing: the account stays unusable.',
    ],
    action: 'Confirm the address',
  },
  already_registered: {
    subject: 'You already have an account',
    paragraphs: [
      'Hello {name},',
      'Somebody, probably you, tried to sign up with this address. There is an account already: sign in, or ask for a new password.',
      'If it was not you, there is nothing to do. Nobody was told that the account exists.',
    ],
  },
  reset_password: {
    subject: 'Choose a new password',
    paragraphs: [
      'Hello {name},',
      'Somebody, probably you, asked for a new password. The link works once and for 30 minutes.',
      'If it was not you, do nothing: your password stays as it is.',
    ],
    action: 'Choose a password',
  },
  set_password: {
    subject: 'Choose your password',
    paragraphs: ['Hello {name},', 'An account was made for you. Choose a password to use it; the link works once.'],
    action: 'Choose a password',
  },
  admin_link: {
    subject: 'You are an administrator',
    paragraphs: ['Hello {name},', 'You were made an administrator. Choose a password to begin; the link works once.'],
    action: 'Choose a password',
  },
  password_changed: {
    subject: 'Your password was changed',
    paragraphs: [
      'Hello {name},',
      'Your password was changed, and all other devices were signed out.',
      'If it was not you, ask for a new password at once.',
    ],
  },
  email_change: {
    subject: 'Confirm your new e-mail address',
    paragraphs: [
      'Hello {name},',
      'Please confirm that your account is to use this address from now on. The link works once and for an hour.',
      'If you did not ask for this, do nothing.',
    ],
    action: 'Use this address',
  },
  email_change_notice: {
    subject: 'Your e-mail address is being changed',
    paragraphs: [
      'Hello {name},',
      'Your account was asked to use the address {new_email} from now on.',
      'If it was not you, undo it: the link works for 72 hours, brings this address back and signs every device out.',
    ],
    action: 'Undo the change',
  },
  new_device: {
    subject: 'Somebody signed in from a new device',
    paragraphs: [
      'Hello {name},',
      'Your account was used from a device that we have not seen before: {device}, from {ip_address}, at {at}.',
      'If it was not you, change your password: that signs every other device out.',
    ],
  },
  refresh_reuse: {
    subject: 'You were signed out on one device',
    paragraphs: [
      'Hello {name},',
      'Something that only one device of yours should have was used twice, so we signed that device out: {device}, at {at}.',
      'This can happen when a device is restored from a backup. If you cannot explain it, change your password.',
    ],
  },
  unlock: {
    subject: 'Many wrong passwords for your account',
    paragraphs: [
      'Hello {name},',
      'Somebody tried many wrong passwords for your account, so new devices have to wait before they can sign in. Devices that you are signed in on are not affected.',
      'If it was you, the link ends the wait. It works once and for 30 minutes.',
    ],
    action: 'End the wait',
  },
  account_deactivated: {
    subject: 'Your account was deactivated',
    paragraphs: [
      'Hello {name},',
      'Your account was deactivated and every device was signed out. For 30 days the link brings it back.',
    ],
    action: 'Restore the account',
  },
  factor_changed: {
    subject: 'Your sign-in settings were changed',
    paragraphs: [
      'Hello {name},',
      'This was changed in how you sign in: {what}.',
      'If it was not you, change your password and look at your sign-in settings.',
    ],
  },
  invitation: {
    subject: 'You are invited to {organization}',
    paragraphs: [
      'Hello {name},',
      '{inviter} invites you to join {organization} with the role {role}.',
      'Their message: “{message}”',
      'To accept, open the link, and sign in with this address or make an account. To decline, open it and choose so there. The link works once, until {expires}.',
      'If you do not know who this is from, do nothing: without your answer nothing happens.',
    ],
    action: 'Answer the invitation',
  },
  invitation_accepted: {
    subject: 'Your invitation was accepted',
    paragraphs: ['Hello {name},', '{invitee} accepted your invitation and is now a member of {organization}.'],
  },
  invitation_declined: {
    subject: 'Your invitation was declined',
    paragraphs: ['Hello {name},', '{invitee} declined your invitation to {organization}.'],
  },
};

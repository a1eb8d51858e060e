import type { MailWords } from './catalogue.js';

export const german: MailWords = {
  verify_email: {
    subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
    paragraphs: [
      'Guten Tag {name},',
      'bitte bestätigen Sie, dass diese Adresse Ihnen gehört. Der Link gilt einmal und 24 Stunden lang.',
      'Wenn Sie sich nicht angemeldet haben, brauchen Sie nichts zu tun: Das Konto bleibt unbenutzbar.',
    ],
    action: 'Adresse bestätigen',
  },
  already_registered: {
    subject: 'Sie haben bereits ein Konto',
    paragraphs: [
      'Guten Tag {name},',
      'jemand, wahrscheinlich Sie selbst, wollte mit dieser Adresse ein Konto anlegen. Es gibt schon eines: Melden Sie sich an, oder fordern Sie ein neues Passwort an.',
      'Wenn Sie es nicht waren, brauchen Sie nichts zu tun. Niemand hat erfahren, dass es das Konto gibt.',
    ],
  },
  reset_password: {
    subject: 'Wählen Sie ein neues Passwort',
    paragraphs: [
      'Guten Tag {name},',
      'jemand, wahrscheinlich Sie selbst, hat ein neues Passwort angefordert. Der Link gilt einmal und 30 Minuten lang.',
      'Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.',
    ],
    action: 'Passwort wählen',
  },
  set_password: {
    subject: 'Wählen Sie Ihr Passwort',
    paragraphs: [
      'Guten Tag {name},',
      'für Sie wurde ein Konto angelegt. Wählen Sie ein Passwort, um es zu benutzen; der Link gilt einmal.',
    ],
    action: 'Passwort wählen',
  },
  admin_link: {
    subject: 'Sie sind Administrator',
    paragraphs: [
      'Guten Tag {name},',
      'Sie wurden zum Administrator gemacht. Wählen Sie ein Passwort, um zu beginnen; der Link gilt einmal.',
    ],
    action: 'Passwort wählen',
  },
  password_changed: {
    subject: 'Ihr Passwort wurde geändert',
    paragraphs: [
      'Guten Tag {name},',
      'Ihr Passwort wurde geändert, und alle anderen Geräte wurden abgemeldet.',
      'Wenn Sie es nicht waren, fordern Sie sofort ein neues Passwort an.',
    ],
  },
  email_change: {
    subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
    paragraphs: [
      'Guten Tag {name},',
      'bitte bestätigen Sie, dass Ihr Konto ab jetzt diese Adresse benutzen soll. Der Link gilt einmal und eine Stunde lang.',
      'Wenn Sie das nicht wollten, brauchen Sie nichts zu tun.',
    ],
    action: 'Diese Adresse benutzen',
  },
  email_change_notice: {
    subject: 'Ihre E-Mail-Adresse wird geändert',
    paragraphs: [
      'Guten Tag {name},',
      'Ihr Konto soll ab jetzt die Adresse {new_email} benutzen.',
      'Wenn Sie es nicht waren, machen Sie es rückgängig: Der Link gilt 72 Stunden, stellt diese Adresse wieder her und meldet alle Geräte ab.',
    ],
    action: 'Rückgängig machen',
  },
  new_device: {
    subject: 'Anmeldung von einem neuen Gerät',
    paragraphs: [
      'Guten Tag {name},',
      'Ihr Konto wurde von einem Gerät benutzt, das wir noch nicht kennen: {device}, von {ip_address}, um {at}.',
      'Wenn Sie es nicht waren, ändern Sie Ihr Passwort: Das meldet alle anderen Geräte ab.',
    ],
  },
  refresh_reuse: {
    subject: 'Sie wurden auf einem Gerät abgemeldet',
    paragraphs: [
      'Guten Tag {name},',
      'etwas, das nur eines Ihrer Geräte haben sollte, wurde zweimal benutzt. Darum haben wir dieses Gerät abgemeldet: {device}, um {at}.',
      'Das kann vorkommen, wenn ein Gerät aus einer Sicherung wiederhergestellt wird. Wenn Sie es sich nicht erklären können, ändern Sie Ihr Passwort.',
    ],
  },
  unlock: {
    subject: 'Viele falsche Passwörter für Ihr Konto',
    paragraphs: [
      'Guten Tag {name},',
      'jemand hat viele falsche Passwörter für Ihr Konto versucht. Neue Geräte müssen darum warten, bevor sie sich anmelden können; Geräte, auf denen Sie angemeldet sind, sind nicht betroffen.',
      'Wenn Sie es waren, beendet der Link die Wartezeit. Er gilt einmal und 30 Minuten lang.',
    ],
    action: 'Wartezeit beenden',
  },
  account_deactivated: {
    subject: 'Ihr Konto wurde deaktiviert',
    paragraphs: [
      'Guten Tag {name},',
      'Ihr Konto wurde deaktiviert, und alle Geräte wurden abgemeldet. 30 Tage lang stellt der Link es wieder her.',
    ],
    action: 'Konto wiederherstellen',
  },
  factor_changed: {
    subject: 'Ihre Anmeldung wurde geändert',
    paragraphs: [
      'Guten Tag {name},',
      'an Ihrer Anmeldung wurde etwas geändert: {what}.',
      'Wenn Sie es nicht waren, ändern Sie Ihr Passwort, und sehen Sie sich Ihre Anmelde-Einstellungen an.',
    ],
  },
  invitation: {
    subject: 'Sie sind zu {organization} eingeladen',
    paragraphs: [
      'Guten Tag {name},',
      '{inviter} lädt Sie ein, {organization} mit der Rolle {role} beizutreten.',
      'Die Nachricht dazu: „{message}“',
      'Um anzunehmen, öffnen Sie den Link, und melden Sie sich mit dieser Adresse an, oder legen Sie ein Konto an. Um abzulehnen, öffnen Sie ihn ebenfalls und wählen es dort. Der Link gilt einmal, bis {expires}.',
      'Wenn Sie den Absender nicht kennen, brauchen Sie nichts zu tun: Ohne Ihre Antwort geschieht nichts.',
    ],
    action: 'Einladung beantworten',
  },
  invitation_accepted: {
    subject: 'Ihre Einladung wurde angenommen',
    paragraphs: [
      'Guten Tag {name},',
      '{invitee} hat Ihre Einladung angenommen und ist jetzt Mitglied von {organization}.',
    ],
  },
  invitation_declined: {
    subject: 'Ihre Einladung wurde abgelehnt',
    paragraphs: ['Guten Tag {name},', '{invitee} hat Ihre Einladung zu {organization} abgelehnt.'],
  },
};

import type { RenderedText } from '../templates/render.js';

/** A mail with everything that it needs. */
export interface OutgoingMail extends RenderedText {
  /** The same for each try to send it. */
  id: string;
  to: { name: string; address: string };
}

/** The mail was refused for good: no later try will do better. */
export class MailRefused extends Error {}

/** Takes a mail away: to a mail server, or into the mailbox of a development installation. */
export abstract class Mailer {
  /** @throws MailRefused, or any other error when a later try may succeed */
  abstract send(mail: OutgoingMail): Promise<void>;
}

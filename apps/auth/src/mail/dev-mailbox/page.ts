import { escape } from '../templates/render.js';
import type { DevMail } from './dev-mail.schema.js';

/** No script, no picture, no frame: a mail is shown as the text that it is. */
export const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const style =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color-scheme:light dark}' +
  'article{border:1px solid #8886;border-radius:8px;padding:1em;margin:1em 0}h2{margin:0 0 .3em;font-size:1.1em}' +
  'pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:.8em 0 0}small{opacity:.7}';

/** The whole mailbox as one page, newest first. */
export function mailboxPage(mails: readonly DevMail[]): string {
  const body = mails.length === 0 ? '<p>No mail yet.</p>' : mails.map(article).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Development mailbox</title><style>${style}</style></head><body><h1>Development mailbox</h1><p>Mails that this installation would have sent. Nothing leaves this machine while MAIL_MODE is dev.</p>${body}</body></html>`;
}

const article = ({ to, subject, text, at }: DevMail): string =>
  `<article><h2>${escape(subject)}</h2><small>to ${escape(to.name)} &lt;${escape(to.address)}&gt;, ${at.toISOString()}</small><pre>${withLinks(text)}</pre></article>`;

/** Addresses that stand alone on a line, as the links of our mails do, can be clicked. */
const withLinks = (text: string): string =>
  escape(text).replace(/^https?:\/\/\S+$/gm, (link) => `<a href="${link}" rel="noreferrer">${link}</a>`);

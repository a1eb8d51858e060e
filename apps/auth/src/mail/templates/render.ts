import type { MailTemplate } from './catalogue.js';

/** A mail as it goes out, but for its addresses. */
export interface RenderedText {
  subject: string;
  text: string;
  html: string;
}

export type Facts = Readonly<Record<string, string>>;

/**
 * Fills in a template. What people typed stays what it is: one line, shown as text, never a header, a tag or a template.
 * @param link the page that the button opens
 */
export function render({ subject, paragraphs, action }: MailTemplate, facts: Facts, link?: string): RenderedText {
  const texts = paragraphs.filter((paragraph) => !isEmpty(paragraph, facts)).map((paragraph) => fill(paragraph, facts));
  const button = action === undefined || link === undefined ? undefined : { label: fill(action, facts), link };
  return {
    subject: fill(subject, facts),
    text: [...texts, ...(button ? [`${button.label}:\n${button.link}`] : [])].join('\n\n') + '\n',
    html: page(texts, button),
  };
}

/** The placeholders of a text: `{name}` is `name`. */
export const placeholdersOf = (text: string): string[] => [...text.matchAll(placeholder)].map(([, name]) => name!);

const placeholder = /\{([a-z_]+)\}/g;

/** Whether a paragraph is there to show facts of which none was given. A greeting stays. */
function isEmpty(paragraph: string, facts: Facts): boolean {
  const shown = placeholdersOf(paragraph).filter((name) => name !== 'name');
  return shown.length > 0 && shown.every((name) => oneLine(facts[name] ?? '') === '');
}

/** Once over the template and never over what was filled in. A greeting without a name loses its gap. */
const fill = (text: string, facts: Facts): string =>
  text.replace(placeholder, (_whole, name: string) => oneLine(facts[name] ?? '')).replace(/ +([,.:])/g, '$1');

/** Control characters, line separators and marks of direction would let a name write a line of its own, or from right to left. */
const oneLine = (value: string): string => value.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();

function page(texts: readonly string[], button: { label: string; link: string } | undefined): string {
  const paragraphs = texts.map((text) => `<p>${escape(text)}</p>`);
  const link = button
    ? `<p><a href="${escape(button.link)}" style="display:inline-block;padding:10px 16px;border-radius:6px;background:#1f4fd8;color:#fff;text-decoration:none">${escape(button.label)}</a></p><p style="color:#555;word-break:break-all">${escape(button.link)}</p>`
    : '';
  return `<!doctype html><html><head><meta charset="utf-8"></head><body style="font:16px/1.5 sans-serif;color:#111;max-width:36em">${paragraphs.join('')}${link}</body></html>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);

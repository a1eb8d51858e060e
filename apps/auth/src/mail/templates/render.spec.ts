import { describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { mailCatalogue, type MailName } from './catalogue.js';
import { MailTemplates } from './mail-templates.js';
import { readTemplates } from './read-templates.js';
import { placeholdersOf, render } from './render.js';

const templates = new MailTemplates(readTemplates(undefined), 'https://chat.example.com');
const to = { name: 'Uma', address: 'uma@example.com' };
const names = Object.keys(mailCatalogue) as MailName[];
const factsOf = (name: MailName) => Object.fromEntries(mailCatalogue[name].facts.map((fact) => [fact, `the ${fact}`]));

describe.each(['en', 'de'])('the mails in %s', (language) => {
  it.each(names)('%s shows all its facts, and its link in both parts', (template) => {
    const facts = { token: 'a-token', ...factsOf(template) };
    const { subject, text, html } = templates.render({ template, language, to, facts });
    const { path } = mailCatalogue[template];
    const link = path === undefined ? undefined : `https://chat.example.com${path}#token=a-token`;
    expect(subject).toMatch(/^[^\p{Cc}]{5,90}$/u);
    for (const part of [text, html]) {
      expect(part).toContain('Uma');
      expect(placeholdersOf(part.replace(/<[^>]*>/g, ''))).toEqual([]);
      for (const fact of mailCatalogue[template].facts) expect(part).toContain(`the ${fact}`);
      expect(part.includes('a-token')).toBe(link !== undefined);
      if (link) expect(part).toContain(link);
    }
  });
});

describe('the language of a mail', () => {
  const subject = (language: string) =>
    templates.render({ template: 'reset_password', language, to, facts: { token: 't' } }).subject;

  it.each([
    ['de', 'Wählen Sie ein neues Passwort'],
    ['de-AT', 'Wählen Sie ein neues Passwort'],
    ['DE', 'Wählen Sie ein neues Passwort'],
    ['fr', 'Choose a new password'],
    ['__proto__', 'Choose a new password'],
  ])('%s is answered with %j', (language, expected) => expect(subject(language)).toBe(expected));
});

describe('what people typed', () => {
  const attacks = [
    '{{7*7}}',
    '{token}',
    '<img src=x onerror=alert(1)>',
    'a\r\nBcc: b@y.com',
    '"><script>',
    '\u202Eevil',
    "' onx='",
  ];

  it.each(attacks)('[attack 57] %j stays one line of text in subject and both parts', async (name) => {
    const words = { subject: 'For {name}', paragraphs: ['Hello {name},'], action: undefined };
    const { subject, text, html } = render(words, { name, token: 'a secret' });
    expect(subject).toMatch(/^[^\p{Cc}\p{Cf}]*$/u);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect([subject, text, html].join()).not.toContain('a secret');
    expect(html.replace(/^.*<body[^>]*>/s, '').match(/<\/?[a-z]+/g)).toEqual(['<p', '</p', '</body', '</html']);
    const parsed = await PostalMime.parse(`Subject: ${subject}\r\nTo: a@example.com\r\n\r\n${text}`);
    expect(parsed.bcc ?? []).toEqual([]);
  });

  it('is not filled in a second time', () => {
    const words = { subject: '{name}', paragraphs: ['{name} and {at}'] };
    expect(render(words, { name: '{at}', at: 'noon' }).text).toBe('{at} and noon\n');
  });

  it('may be missing', () => {
    expect(render({ subject: 'Hello {name}', paragraphs: ['Hello {name},'] }, { name: '' }).text).toBe('Hello,\n');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from '@parley/platform';
import { readTemplates } from './read-templates.js';

describe('templates of an operator', () => {
  let directory: string;
  const put = (file: string, content: unknown) =>
    writeFileSync(join(directory, file), typeof content === 'string' ? content : JSON.stringify(content));
  const faults = () => {
    try {
      readTemplates(directory);
      return [];
    } catch (error) {
      return error instanceof ConfigError ? error.faults : [String(error)];
    }
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'parley-templates-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('stand in for the built-in ones of their language, and for no others', () => {
    const mine = { subject: 'Mine', paragraphs: ['For {name}'], action: 'Go' };
    put('de.json', { reset_password: mine });
    const languages = readTemplates(directory);
    expect(languages.get('de')!.reset_password).toEqual(mine);
    expect(languages.get('de')!.verify_email.subject).toContain('Adresse');
    expect(languages.get('en')!.reset_password.subject).toBe('Choose a new password');
  });

  it('add a language; what it lacks is in English', () => {
    put('fr.json', { password_changed: { subject: 'Votre mot de passe', paragraphs: ['Bonjour {name},'] } });
    put('notes.txt', 'not a template');
    const french = readTemplates(directory).get('fr')!;
    expect([french.password_changed.subject, french.unlock.action]).toEqual(['Votre mot de passe', 'End the wait']);
  });

  it.each<[string, unknown, RegExp]>([
    ['text that is not JSON', '{', /en\.json: is not JSON/],
    ['a mail that there is not', { welcome: { subject: 'a', paragraphs: ['b'] } }, /welcome|invalid/i],
    ['no paragraphs', { password_changed: { subject: 'a', paragraphs: [] } }, /password_changed\.paragraphs/],
    ['a subject of two lines', { password_changed: { subject: 'a\nBcc: b', paragraphs: ['b'] } }, /is one line/],
    ['an unknown placeholder', { password_changed: { subject: 'a', paragraphs: ['{token}'] } }, /no \{token\}/],
    ['a link without its button', { unlock: { subject: 'a', paragraphs: ['b'] } }, /needs an action/],
    ['a button without a link', { password_changed: { subject: 'a', paragraphs: ['b'], action: 'c' } }, /has no link/],
    ['an unknown member', { password_changed: { subject: 'a', paragraphs: ['b'], html: '<b>' } }, /html/],
  ])('stop the start when they have %s, naming the file', (_what, content, expected) => {
    put('en.json', content);
    expect(faults()).toEqual([expect.stringMatching(expected)]);
    expect(faults()[0]).toMatch(/^MAIL_TEMPLATES_DIR: en\.json/);
  });

  it('stop the start when their directory cannot be read', () => {
    expect(() => readTemplates(join(directory, 'elsewhere'))).toThrow(ConfigError);
  });
});

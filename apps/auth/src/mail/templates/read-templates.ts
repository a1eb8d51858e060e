import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigError } from '@parley/platform';
import { z } from 'zod';
import { mailCatalogue, type MailName, type MailWords } from './catalogue.js';
import { german } from './de.js';
import { english } from './en.js';
import { placeholdersOf } from './render.js';

/** The mails of each language (BCP 47, lower case). */
export type MailLanguages = ReadonlyMap<string, MailWords>;

const line = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'is one line');
const template = z.strictObject({
  subject: line,
  paragraphs: z.array(z.string().min(1).max(2_000)).min(1).max(20),
  action: line.optional(),
});
const file = z.partialRecord(z.enum(Object.keys(mailCatalogue) as MailName[]), template);

/**
 * The built-in mails, and over them those of an operator: `{language}.json` in `directory`, each mail that it holds in place of ours.
 * What a language leaves out is shown in English.
 * @throws ConfigError that names every fault and its file
 */
export function readTemplates(directory: string | undefined): MailLanguages {
  const languages = new Map<string, MailWords>([
    ['en', english],
    ['de', german],
  ]);
  const faults: string[] = [];
  for (const path of directory === undefined ? [] : filesOf(directory)) {
    const language = basename(path, '.json').toLowerCase();
    const { words, problems } = readFile(path);
    faults.push(...problems.map((problem) => `MAIL_TEMPLATES_DIR: ${basename(path)}: ${problem}`));
    languages.set(language, { ...(languages.get(language) ?? english), ...words });
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return languages;
}

function filesOf(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => /^[a-z]{2,3}(-[a-z0-9]+)*\.json$/i.test(name));
    return names.sort().map((name) => join(directory, name));
  } catch {
    throw new ConfigError(['MAIL_TEMPLATES_DIR: is not a directory that can be read']);
  }
}

function readFile(path: string): { words: Partial<MailWords>; problems: string[] } {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { words: {}, problems: ['is not JSON'] };
  }
  const read = file.safeParse(content);
  if (!read.success)
    return { words: {}, problems: read.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`) };
  const words = read.data as Partial<MailWords>;
  return { words, problems: Object.keys(words).flatMap((name) => faultsOf(name as MailName, words)) };
}

function faultsOf(name: MailName, words: Partial<MailWords>): string[] {
  const { subject, paragraphs, action } = words[name]!;
  const { facts, path } = mailCatalogue[name];
  const known: readonly string[] = ['name', ...facts];
  const unknown = [subject, ...paragraphs, action ?? '']
    .flatMap(placeholdersOf)
    .filter((each) => !known.includes(each));
  return [
    ...unknown.map((each) => `${name}: there is no {${each}}`),
    ...(path !== undefined && action === undefined ? [`${name}: needs an action, the text on its button`] : []),
    ...(path === undefined && action !== undefined ? [`${name}: has no link, so no action`] : []),
  ];
}

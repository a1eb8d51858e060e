import { Inject, Injectable } from '@nestjs/common';
import { mailCatalogue, type MailName } from './catalogue.js';
import type { MailLanguages } from './read-templates.js';
import { type Facts, render, type RenderedText } from './render.js';

export const MAIL_LANGUAGES = Symbol('MailLanguages');
/** Where people use the product; links in mails begin with it, whatever Host a request named. */
export const PUBLIC_WEB_URL = Symbol('PublicWebUrl');

/** Which mail, to whom, and what it shows. */
export interface DueMail {
  template: MailName;
  /** BCP 47. */
  language: string;
  facts: Facts;
  to: { name: string };
}

/** Turns a mail that is due into words. */
@Injectable()
export class MailTemplates {
  constructor(
    @Inject(MAIL_LANGUAGES) private readonly languages: MailLanguages,
    @Inject(PUBLIC_WEB_URL) private readonly webUrl: string,
  ) {}

  render({ template, language, facts, to }: DueMail): RenderedText {
    const { path } = mailCatalogue[template];
    const link =
      path === undefined ? undefined : `${this.webUrl}${path}#token=${encodeURIComponent(facts.token ?? '')}`;
    return render(this.wordsFor(language)[template], { name: to.name, ...facts }, link);
  }

  /** `de-AT` is served by `de`, and what nobody has written by English. */
  private wordsFor(language: string) {
    const wanted = language.toLowerCase();
    return this.languages.get(wanted) ?? this.languages.get(wanted.split('-')[0]!) ?? this.languages.get('en')!;
  }
}

import { badValue } from '../errors/mongo-error.js';

/**
 * MongoDB speaks PCRE2. What JavaScript reads the same way is passed on; what it would read otherwise is refused, for a filter
 * that silently means something else would be a wrong answer.
 */
export function toRegExp(pattern: string, options: string): RegExp {
  let source = pattern;
  let flags = 'u';
  for (const option of options) flags += flagOf(option);
  const inline = /^\(\?([ims]+)\)/.exec(source);
  if (inline) {
    source = source.slice(inline[0].length);
    for (const option of inline[1]!) flags += flagOf(option);
  }
  refuseForeignSyntax(source);
  flags = [...new Set(flags)].join('');
  try {
    return new RegExp(source, flags);
  } catch {
    return withoutUnicode(source, flags);
  }
}

/** Without the `u` flag JavaScript allows harmless escapes such as `\-` or `\@`, as PCRE does. */
function withoutUnicode(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags.replace('u', ''));
  } catch (error) {
    throw badValue(`Regular expression is invalid: ${(error as Error).message}`);
  }
}

function flagOf(option: string): string {
  if (option === 'i' || option === 'm' || option === 's') return option;
  if (option === 'u') return '';
  throw badValue(`the regular expression option "${option}" is not supported`);
}

const FOREIGN = /\\[AzZGQEKRXhHNC]|\(\?[>#|R&+\-\d]|\(\?P[=>]|[*+?}]\+|\[\[:|\(\*[A-Z]|\\g/;

function refuseForeignSyntax(source: string): void {
  if (FOREIGN.test(source.replace(/\\\\/g, '')))
    throw badValue(`the regular expression /${source}/ uses PCRE syntax that is not supported`);
}

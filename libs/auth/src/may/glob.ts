/**
 * Whether a text matches a pattern in which `*` stands for any run of characters, also for none. Linear two-pointer matching, no regular
 * expression, so no pattern can make it slow.
 *
 * A star in the text is matched by a star alone. So for two patterns it says whether everything that the text matches is matched by the
 * pattern too: the star in the text stands for a character that is in no pattern.
 */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let index = 0;
  while (index < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = index;
    } else if (pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

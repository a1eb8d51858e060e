/** The lines of a checklist: `- A1 …` in a list, or `| 1 | … |` in a table. */
export function rowsOf(document) {
  const found = document.matchAll(/^(?:- ([A-Q]\d+) |\| (\d+) +\| )([^|\n]*)/gm);
  return [...found].map(([, letter, number, text]) => ({ id: letter ?? number, text: text.trim() }));
}

const tag = /\[(auth|attack) ([A-Q]?\d+(?:, ?[A-Q]?\d+)*)\]:?/g;

/**
 * What a spec or a document says that it shows: `[attack 21, 22] …`, also of several lists at once (`[auth C7] [attack 26] …`), with
 * the rest of the line, or of the title, as the title. What a document calls `to come:` is shown by nothing yet.
 */
export function proofsIn(text, file) {
  return [...text.matchAll(tag)].flatMap(({ 0: { length }, 1: kind, 2: ids, index }) => {
    const [rest] = /^[^\n'"`]*/.exec(text.slice(index + length));
    const title = rest.replaceAll(tag, '').trim();
    return ids.split(/, ?/).map((id) => ({ kind, id, file, title, isToCome: title.startsWith('to come:') }));
  });
}

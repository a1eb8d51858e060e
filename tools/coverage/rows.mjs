/** The lines of a checklist: `- A1 …` in a list, or `| 1 | … |` in a table. */
export function rowsOf(document) {
  const found = document.matchAll(/^(?:- ([A-Q]\d+) |\| (\d+) +\| )([^|\n]*)/gm);
  return [...found].map(([, letter, number, text]) => ({ id: letter ?? number, text: text.trim() }));
}

/** What a spec or a document says that it shows: `[attack 21, 22] …`, with the rest of the line, or of the title, as the title. */
export function proofsIn(text, file) {
  const found = text.matchAll(/\[(auth|attack) ([A-Q]?\d+(?:, ?[A-Q]?\d+)*)\]:? ?([^\n'"`]*)/g);
  return [...found].flatMap(([, kind, ids, title]) =>
    ids.split(/, ?/).map((id) => ({ kind, id, file, title: title.trim() })),
  );
}

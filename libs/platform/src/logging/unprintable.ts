/**
 * What makes a terminal or an editor show something else than is there, and what JSON leaves as it is: DEL and the C1
 * controls, marks that turn the direction of writing, and line separators, at which some readers break a line in two.
 */
const unprintable = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A line of JSON with those characters as escapes: the same value, and harmless to look at. */
export const escapeJsonLine = (line: string): string =>
  line.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

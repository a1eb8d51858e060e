import { plain } from '../bson/show.js';
import { isNumeric, toNumber, type Doc } from '../bson/value.js';

/** An index as the catalog keeps it, and as the other parts work with it. */
export interface IndexSpec {
  readonly name: string;
  /** The prefix of all its entries in storage. */
  readonly ident: number;
  readonly key: Doc;
  readonly paths: readonly (readonly string[])[];
  readonly directions: readonly number[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly hidden: boolean;
  readonly partialFilter?: Doc;
  /** Whether a document belongs into a partial index. */
  readonly partial?: (document: Doc) => boolean;
  readonly expireAfterSeconds?: number;
  /** Set once any document has more than one key, and never taken back: searches must then look out for repeats. */
  multikey: boolean;
  /** Whether the catalog on disk says so too. */
  savedMultikey: boolean;
  /** As the user gave it, for listIndexes. */
  readonly definition: Doc;
}

export const ID_INDEX = '_id_';

export const keyPaths = (key: Doc): string[][] => [...key.keys()].map((field) => field.split('.'));

export const keyDirections = (key: Doc): number[] =>
  [...key.values()].map((value) => (isNumeric(value) && toNumber(value) < 0 ? -1 : 1));

export const defaultName = (key: Doc): string =>
  [...key].map(([field, value]) => `${field}_${isNumeric(value) ? toNumber(value) : plain(value)}`).join('_');

import { type UUID } from 'bson';
import { decode } from '../bson/decode.js';
import { encode } from '../bson/encode.js';
import { doc, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { show } from '../bson/show.js';
import { keysOf } from '../indexes/index-keys.js';
import { ID_INDEX, type IndexSpec } from '../indexes/index-description.js';
import { UNDEFINED, type KeyPart } from '../indexes/key-encoding.js';
import { endOf, keyOf, recordIdAtEnd, recordIdBytes, recordKey, startOf } from './keys.js';
import type { Unit } from './unit.js';
import type { Entry, View } from './view.js';

export interface Stored {
  id: number;
  document: Doc;
}

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** Messages may have some more, so that there is room for what a command puts around a document. */
const MAX_LEVELS = 180;
const PRESENT = Buffer.from([1]);

/** One collection: its documents under growing record ids, and their entries in its indexes. */
export class Collection {
  nextRecordId = 1;
  /** Read from storage when first asked for, then kept up. */
  documentCount: number | undefined;
  /** The point in the order of commits at which its indexes or options last changed. */
  changedAt = 0;

  constructor(
    readonly db: string,
    readonly name: string,
    readonly ident: number,
    readonly uuid: UUID,
    public options: Doc,
    public indexes: IndexSpec[],
    public validate?: (document: Doc) => void,
  ) {}

  get namespace(): string {
    return `${this.db}.${this.name}`;
  }

  records(view: View, reverse = false): Iterable<Entry> {
    return view.range({ start: startOf(this.ident), end: endOf(this.ident), reverse });
  }

  raw(view: View, id: number): Buffer | undefined {
    return view.get(recordKey(this.ident, id));
  }

  insert(unit: Unit, document: Doc, validate = true): void {
    const bytes = encoded(document);
    if (validate) this.validate?.(document);
    const id = this.nextRecordId++;
    const entries = this.indexes.map((index) => this.entriesOf(index, document, id));
    for (const list of entries) for (const entry of list) this.checkUnique(unit, entry);
    unit.put(recordKey(this.ident, id), bytes);
    for (const list of entries) for (const { key, value } of list) unit.put(key, value);
    unit.addCount(this, 1);
  }

  update(unit: Unit, { id, document }: Stored, changed: Doc, validate = true): void {
    const bytes = encoded(changed);
    if (validate) this.validate?.(changed);
    unit.claim(recordKey(this.ident, id), this);
    const [removed, added] = this.difference(document, changed, id);
    for (const entry of removed) if (entry.unique) unit.claim(entry.key, this);
    for (const entry of added) this.checkUnique(unit, entry, id);
    unit.put(recordKey(this.ident, id), bytes);
    for (const { key } of removed) unit.remove(key);
    for (const { key, value } of added) unit.put(key, value);
  }

  remove(unit: Unit, { id, document }: Stored): void {
    unit.claim(recordKey(this.ident, id), this);
    const entries = this.indexes.flatMap((index) => this.entriesOf(index, document, id));
    for (const entry of entries) if (entry.unique) unit.claim(entry.key, this);
    unit.remove(recordKey(this.ident, id));
    for (const { key } of entries) unit.remove(key);
    unit.addCount(this, -1);
  }

  private difference(before: Doc, after: Doc, id: number): [IndexEntry[], IndexEntry[]] {
    const removed: IndexEntry[] = [];
    const added: IndexEntry[] = [];
    for (const index of this.indexes) {
      if (index.name === ID_INDEX || !concerns(index, before, after)) continue;
      const old = this.entriesOf(index, before, id);
      const fresh = this.entriesOf(index, after, id);
      removed.push(...old.filter(({ key }) => !fresh.some((entry) => entry.key.equals(key))));
      added.push(...fresh.filter(({ key }) => !old.some((entry) => entry.key.equals(key))));
    }
    return [removed, added];
  }

  /** The entries of one document in one index; the entry of a unique index has no record id in its key. */
  entriesOf(index: IndexSpec, document: Doc, id: number): IndexEntry[] {
    const { keys, parts, multikey } = keysOf(document, index);
    if (multikey) index.multikey = true;
    const idBytes = recordIdBytes(id);
    return keys.map((key, i) => ({
      index,
      parts: parts[i]!,
      unique: index.unique,
      key: keyOf(index.ident, index.unique ? key : Buffer.concat([key, idBytes])),
      value: index.unique ? idBytes : PRESENT,
    }));
  }

  checkUnique(unit: Pick<Unit, 'claim' | 'get'>, entry: IndexEntry, own?: number): void {
    if (!entry.unique) return;
    unit.claim(entry.key, this);
    const found = unit.get(entry.key);
    if (found && recordIdAtEnd(found) !== own) throw duplicateKey(this, entry);
  }
}

export interface IndexEntry {
  index: IndexSpec;
  parts: KeyPart[];
  unique: boolean;
  key: Buffer;
  value: Buffer;
}

/** Whether an update can have changed the entries in an index; what it does not touch stays the same value. */
const concerns = ({ paths, partial }: IndexSpec, before: Doc, after: Doc): boolean =>
  partial !== undefined || paths.some(([field]) => before.get(field!) !== after.get(field!));

function encoded(document: Doc): Buffer {
  const bytes = encode(document, MAX_LEVELS);
  if (bytes.length > MAX_DOCUMENT_BYTES)
    throw new MongoError(
      'BSONObjectTooLarge',
      `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES}`,
    );
  return bytes;
}

function duplicateKey(collection: Collection, { index, parts }: IndexEntry): MongoError {
  const keyValue = doc();
  [...index.key.keys()].forEach((field, i) => keyValue.set(field, parts[i] === UNDEFINED ? null : (parts[i] as Value)));
  const shown = [...keyValue].map(([field, value]) => `${field}: ${show(value)}`).join(', ');
  const message = `E11000 duplicate key error collection: ${collection.namespace} index: ${index.name} dup key: { ${shown} }`;
  return new MongoError('DuplicateKey', message, { details: { keyPattern: index.key, keyValue } });
}

export const storedAt = (entry: Entry): Stored => ({ id: recordIdAtEnd(entry.key), document: decode(entry.value) });

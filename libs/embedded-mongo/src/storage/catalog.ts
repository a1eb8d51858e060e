import { Binary, UUID } from 'bson';
import { decode } from '../bson/decode.js';
import { encode } from '../bson/encode.js';
import { doc, isDoc, isNumeric, toNumber, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { ID_INDEX, type IndexSpec } from '../indexes/index-description.js';
import { buildIndex, indexDefinition } from '../indexes/index-options.js';
import { compileValidator } from './validation.js';
import { Collection } from './collection.js';
import { endOf, IDENT, keyOf, recordIdAtEnd, startOf } from './keys.js';
import type { Storage } from './storage.js';

const ERASED_AT_ONCE = 10_000;

interface Target {
  put(key: Buffer, value: Buffer): void;
  remove(key: Buffer): void;
}

/** Which collections there are, with their options and indexes. It is small and lives in memory as well as on disk. */
export class Catalog {
  private readonly collections = new Map<string, Collection>();
  private nextIdent: number = IDENT.firstFree;
  /** Resolves when everything that was dropped is gone. */
  erased: Promise<void> = Promise.resolve();

  constructor(
    private readonly storage: Storage,
    private readonly now: () => number,
  ) {
    this.reload();
    const named = this.named();
    for (const ident of this.storage.identsFrom(IDENT.firstFree)) {
      this.nextIdent = Math.max(this.nextIdent, ident + 1);
      if (!named.has(ident)) this.erase(ident);
    }
  }

  private named(): Set<number> {
    return new Set([...this.collections.values()].flatMap(identsOf));
  }

  /** Reads everything anew: after a lost write there may be more in memory than on the disk. */
  reload(): void {
    this.collections.clear();
    for (const { value } of this.storage.range({ start: startOf(IDENT.catalog), end: endOf(IDENT.catalog) }))
      this.load(decode(value));
  }

  private load(saved: Doc): void {
    const [db, name] = [saved.get('db') as string, saved.get('name') as string];
    const indexes = (saved.get('indexes') as Doc[]).map((index) => {
      const spec = buildIndex(index.get('definition') as Doc, toNumber(index.get('ident') as number), this.now);
      spec.multikey = spec.savedMultikey = index.get('multikey') === true;
      return spec;
    });
    const uuid = new UUID((saved.get('uuid') as Binary).buffer);
    const collection = new Collection(
      db,
      name,
      saved.get('ident') as number,
      uuid,
      saved.get('options') as Doc,
      indexes,
    );
    collection.validate = compileValidator(collection.options, this.now);
    for (const { key } of collection.records(this.storage, true)) {
      collection.nextRecordId = recordIdAtEnd(key) + 1;
      break;
    }
    this.collections.set(collection.namespace, collection);
    this.nextIdent = Math.max(this.nextIdent, collection.ident + 1, ...indexes.map(({ ident }) => ident + 1));
  }

  find(db: string, name: string): Collection | undefined {
    return this.collections.get(`${db}.${name}`);
  }

  in(db: string): Collection[] {
    return this.all().filter((collection) => collection.db === db);
  }

  all(): Collection[] {
    return [...this.collections.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  }

  newIdent(): number {
    return this.nextIdent++;
  }

  /** A collection that is not in the catalog yet, with its index on `_id`. */
  make(db: string, name: string, options: Doc = doc()): Collection {
    checkName(db, name);
    const index = buildIndex(indexDefinition(doc({ _id: 1 }), ID_INDEX), this.newIdent(), this.now);
    const collection = new Collection(db, name, this.newIdent(), new UUID(), options, [index]);
    collection.validate = compileValidator(options, this.now);
    collection.documentCount = 0;
    return collection;
  }

  add(collection: Collection, target: Target): void {
    this.collections.set(collection.namespace, collection);
    this.save(collection, target);
  }

  save(collection: Collection, target: Target): void {
    const saved = doc({
      db: collection.db,
      name: collection.name,
      ident: collection.ident,
      uuid: new Binary(collection.uuid.buffer, Binary.SUBTYPE_UUID),
      options: collection.options,
      indexes: collection.indexes.map(savedIndex),
    });
    target.put(catalogKey(collection.namespace), encode(saved));
  }

  drop(collection: Collection, target: Target): void {
    this.collections.delete(collection.namespace);
    target.remove(catalogKey(collection.namespace));
    for (const ident of identsOf(collection)) this.erase(ident);
  }

  /**
   * Erases the keys of an owner that the catalog does not name any more: later and bit by bit, for they may be many. What a crash
   * or a full disk leaves of them is erased after the next start.
   */
  erase(ident: number): void {
    this.erased = this.erased.then(() => this.eraseAll(ident)).catch(() => undefined);
  }

  private async eraseAll(ident: number): Promise<void> {
    for (let left = true; left;) {
      // Before its owner's end is on the disk nothing of it may go; and when the disk refused the end, nothing at all.
      await this.storage.acknowledged();
      if (this.named().has(ident)) return;
      left = false;
      let count = 0;
      for (const { key } of this.storage.range({ start: startOf(ident), end: endOf(ident) })) {
        this.storage.remove(key);
        left = true;
        if (++count === ERASED_AT_ONCE) break;
      }
    }
  }

  count(collection: Collection): number {
    collection.documentCount ??= this.storage.count(startOf(collection.ident), endOf(collection.ident));
    return collection.documentCount;
  }
}

const identsOf = ({ ident, indexes }: Collection): number[] => [ident, ...indexes.map((index) => index.ident)];

const savedIndex = ({ ident, definition, multikey }: IndexSpec): Doc => doc({ ident, definition, multikey });

const catalogKey = (namespace: string) => keyOf(IDENT.catalog, Buffer.from(namespace));

export function checkName(db: string, name: string): void {
  if (db === '' || /[/\\. "$\0]/.test(db)) throw new MongoError('InvalidNamespace', `Invalid database name: '${db}'`);
  if (name === '' || name.includes('\0') || name.startsWith('.') || name.includes('$'))
    throw new MongoError('InvalidNamespace', `Invalid collection name: ${name}`);
  if (Buffer.byteLength(`${db}.${name}`) > 255)
    throw new MongoError('InvalidNamespace', 'Fully qualified namespace is too long');
}

export const numberIn = (options: Doc, name: string): number | undefined => {
  const value: Value | undefined = options.get(name);
  return isNumeric(value) ? toNumber(value) : undefined;
};

export const docIn = (options: Doc, name: string): Doc | undefined => {
  const value = options.get(name);
  return isDoc(value) ? value : undefined;
};

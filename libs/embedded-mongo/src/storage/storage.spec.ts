import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalog } from './catalog.js';
import { endOf, recordKey, startOf } from './keys.js';
import { Storage } from './storage.js';
import type { View } from './view.js';

const IDENT = 20;
const ALL = { start: startOf(IDENT), end: endOf(IDENT) };
const key = (id: number) => recordKey(IDENT, id);
const text = (view: View, id: number) => view.get(key(id))?.toString();
const ids = (view: View, reverse = false) => [...view.range({ ...ALL, reverse })].map((entry) => entry.key.at(-1));

let directory: string;
let storage: Storage;

const write = (id: number, value: string) => storage.put(key(id), Buffer.from(value));
/** Some reads, after which the mapping may go as soon as this turn of the event loop is over. */
const readOften = async () => {
  for (let i = 0; i < 64; i++) storage.get(key(500));
  await new Promise(setImmediate);
};
const openAgain = async () => {
  await storage.close();
  storage = Storage.open(directory);
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'embedded-mongo-storage-'));
  storage = Storage.open(directory);
});
afterEach(async () => {
  await storage.close();
  rmSync(directory, { recursive: true });
});

describe('a storage whose mapping is given back again and again', () => {
  beforeEach(async () => {
    await storage.close();
    storage = Storage.open(directory, 0);
  });

  it('finds what was written before and after', async () => {
    for (let round = 0; round < 5; round++) {
      for (let id = 0; id < 40; id++) write(round * 40 + id, `${round}`);
      await storage.acknowledged();
      for (let id = 0; id < (round + 1) * 40; id++) expect(text(storage, id)).toBe(`${Math.floor(id / 40)}`);
    }
    expect(storage.count(ALL.start, ALL.end)).toBe(200);
    expect(storage.mappings).toBeGreaterThan(5);
  });

  it('hands out values that stay when the mapping goes', async () => {
    storage.put(key(1), Buffer.alloc(100_000, 'x'));
    await storage.acknowledged();
    const value = storage.get(key(1))!;
    const [entry] = storage.range(ALL);
    await readOften();
    expect(storage.mappings).toBeGreaterThan(1);
    expect(value.equals(Buffer.alloc(100_000, 'x'))).toBe(true);
    expect(entry!.value.equals(value)).toBe(true);
  });

  it('goes on with a search from where it was', async () => {
    for (let id = 0; id < 200; id++) write(id, 'x');
    await storage.acknowledged();
    const found: number[] = [];
    for (const { key: at } of storage.range(ALL)) {
      found.push(at.at(-1)!);
      await readOften();
    }
    expect(found).toEqual(Array.from({ length: 200 }, (_, id) => id));
    expect(storage.mappings).toBeGreaterThan(100);
  });

  it('keeps the mapping while a snapshot needs it', async () => {
    write(1, 'before');
    await storage.acknowledged();
    const snapshot = storage.snapshot();
    const { mappings } = storage;
    write(1, 'after');
    await storage.acknowledged();
    await readOften();
    expect(text(snapshot, 1)).toBe('before');
    expect(text(storage, 1)).toBe('after');
    expect(storage.mappings).toBe(mappings);
    snapshot.done();
    await readOften();
    expect(text(storage, 1)).toBe('after');
    expect(storage.mappings).toBeGreaterThan(mappings);
  });
});

describe('a snapshot', () => {
  it('is the state of the moment it was taken, whatever was flushed of it', async () => {
    write(1, 'flushed');
    await storage.acknowledged();
    write(2, 'open');
    const snapshot = storage.snapshot();
    write(1, 'later');
    write(3, 'later');
    expect([1, 2, 3].map((id) => text(snapshot, id))).toEqual(['flushed', 'open', undefined]);
    expect([1, 2, 3].map((id) => text(storage, id))).toEqual(['later', 'open', 'later']);
    await storage.acknowledged();
    storage.remove(key(2));
    await storage.acknowledged();
    expect([1, 2, 3].map((id) => text(snapshot, id))).toEqual(['flushed', 'open', undefined]);
    expect(ids(snapshot)).toEqual([1, 2]);
    expect(ids(storage)).toEqual([1, 3]);
    snapshot.done();
  });
});

describe('a search', () => {
  it('sees what is not flushed yet, in its order and in both directions', async () => {
    for (const id of [10, 30, 50]) write(id, 'flushed');
    await storage.acknowledged();
    for (const id of [20, 60, 5]) write(id, 'open');
    storage.remove(key(30));
    expect(ids(storage)).toEqual([5, 10, 20, 50, 60]);
    expect(ids(storage, true)).toEqual([60, 50, 20, 10, 5]);
    expect(storage.count(ALL.start, ALL.end)).toBe(5);
    const flushed = storage.acknowledged();
    write(40, 'open');
    expect(ids(storage)).toEqual([5, 10, 20, 40, 50, 60]);
    await flushed;
    expect(ids(storage)).toEqual([5, 10, 20, 40, 50, 60]);
    await openAgain();
    expect(ids(storage, true)).toEqual([60, 50, 40, 20, 10, 5]);
  });

  it('meets every entry once while others are written around it', async () => {
    for (let id = 0; id < 100; id += 2) write(id, 'x');
    await storage.acknowledged();
    const found: number[] = [];
    for (const entry of storage.range(ALL)) {
      const id = entry.key.at(-1)!;
      found.push(id);
      if (id % 2 === 0 && id % 10 !== 0) storage.remove(key(id));
      write(id + 101, 'behind');
      if (found.length % 7 === 0) await storage.acknowledged();
      if (found.length > 300) break;
    }
    expect(found.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, i) => i * 2));
    expect(new Set(found).size).toBe(found.length);
  });
});

describe('a write in pieces', () => {
  it('is found at once and after a restart', async () => {
    for (let id = 0; id < 45_000; id++) storage.putInPieces(key(id), Buffer.from('x'));
    expect(text(storage, 44_999)).toBe('x');
    expect(storage.count(ALL.start, ALL.end)).toBe(45_000);
    write(1, 'after');
    await openAgain();
    expect(storage.count(ALL.start, ALL.end)).toBe(45_000);
    expect(text(storage, 1)).toBe('after');
  });
});

describe('what the catalog does not name', () => {
  const filled = async () => {
    const catalog = new Catalog(storage, () => 0);
    const collection = catalog.make('d', 'c');
    catalog.add(collection, storage);
    for (let id = 0; id < 25_000; id++) storage.put(recordKey(collection.ident, id), Buffer.from('x'));
    await storage.acknowledged();
    return { catalog, collection };
  };
  const left = (ident: number) => storage.count(startOf(ident), endOf(ident));

  it('is erased after a drop', async () => {
    const { catalog, collection } = await filled();
    catalog.drop(collection, storage);
    await catalog.erased;
    expect(left(collection.ident)).toBe(0);
  });

  it('is erased after the next start, and nothing new begins with it', async () => {
    const { collection } = await filled();
    storage.put(recordKey(99, 1), Buffer.from('left over'));
    await openAgain();
    const catalog = new Catalog(storage, () => 0);
    expect(catalog.newIdent()).toBe(100);
    await catalog.erased;
    expect(left(99)).toBe(0);
    expect(left(collection.ident)).toBe(25_000);
  });

  it('stays when the disk refused the drop', async () => {
    const { catalog, collection } = await filled();
    catalog.drop(collection, { put: () => undefined, remove: () => undefined });
    catalog.reload();
    await catalog.erased;
    expect(left(collection.ident)).toBe(25_000);
  });
});

/** Everything lies in one ordered space of keys: four bytes that say whose key it is, then the key itself. */
export const IDENT = { catalog: 1, statements: 2, settings: 3, firstFree: 16 } as const;

export function keyOf(ident: number, rest: Buffer): Buffer {
  const key = Buffer.allocUnsafe(4 + rest.length);
  key.writeUInt32BE(ident, 0);
  rest.copy(key, 4);
  return key;
}

const RECORD_ID_BYTES = 6;

/** Record ids grow with every insert: the natural order of a collection is the order of insertion. */
export function recordIdBytes(id: number): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_ID_BYTES);
  bytes.writeUIntBE(id, 0, RECORD_ID_BYTES);
  return bytes;
}

export function recordKey(ident: number, id: number): Buffer {
  const key = Buffer.allocUnsafe(4 + RECORD_ID_BYTES);
  key.writeUInt32BE(ident, 0);
  key.writeUIntBE(id, 4, RECORD_ID_BYTES);
  return key;
}

export const recordIdAtEnd = (bytes: Buffer): number =>
  bytes.readUIntBE(bytes.length - RECORD_ID_BYTES, RECORD_ID_BYTES);

export const startOf = (ident: number): Buffer => keyOf(ident, Buffer.alloc(0));
export const endOf = (ident: number): Buffer => keyOf(ident + 1, Buffer.alloc(0));

/** The first key after this one. */
export const successorOf = (key: Buffer): Buffer => Buffer.concat([key, Buffer.alloc(1)]);

/** The first key after all that begin with these bytes. */
export function afterPrefix(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    if (end[i] === 0xff) continue;
    end[i]! += 1;
    return end.subarray(0, i + 1);
  }
  return Buffer.alloc(8, 0xff);
}

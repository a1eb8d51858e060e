import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

const HEADER_BYTES = 24;
/** Where the parts of a head lie, counted from the beginning of the page or half page that it is on. */
const HEAD = { magic: 24, trees: [48, 96], lastPage: 144, number: 152, boot: 160, bytes: 168 } as const;
const MAGIC = 0xbeefc0de;
const UNFLUSHED = 0x1000;
const BRANCH = 1;
const LEAF = 2;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/** A state of the file: how its trees are reached. */
interface Head {
  number: bigint;
  unflushed: boolean;
  boot: bigint;
  lastPage: bigint;
  trees: { root: bigint; depth: number }[];
}

/**
 * LMDB maps its file into memory and trusts what it finds there: on a damaged file the process ends without a word. So the
 * skeleton of the file is looked at first: its heads, and the trees from their roots down to the headers of their leaves.
 *
 * @throws an error that names the file
 */
export function checkFile(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    if (size > 0 && !new Pages(file, size).areSound())
      throw new Error(`the file ${path} is damaged; put a backup in its place or start with another directory`);
  } finally {
    closeSync(file);
  }
}

class Pages {
  private pageSize = 4096;

  constructor(
    private readonly file: number,
    private readonly size: number,
  ) {}

  areSound(): boolean {
    const first = this.read(0, HEAD.bytes);
    if (first?.readUInt32LE(HEAD.magic) !== MAGIC) return false;
    this.pageSize = first.readUInt32LE(HEAD.trees[0]);
    if (this.read(this.pageSize, HEAD.bytes)?.readUInt32LE(HEAD.magic) !== MAGIC) return false;
    return this.states().some(({ trees, lastPage }) =>
      trees.every(({ root, depth }) => root === NO_PAGE || this.reach(root, depth, lastPage)),
    );
  }

  /** The newest state; after a restart of the machine LMDB goes back to the last one that was flushed, which it keeps between. */
  private states(): Head[] {
    const [one, flushed, two] = [0, this.pageSize / 2, this.pageSize].map((at) => this.head(at)) as [Head, Head, Head];
    const newest = one.number >= two.number ? one : two;
    return newest.unflushed && newest.boot !== bootOfThisMachine() ? [newest, flushed] : [newest];
  }

  private head(at: number): Head {
    const bytes = this.read(at, HEAD.bytes)!;
    return {
      number: bytes.readBigUInt64LE(HEAD.number),
      unflushed: (bytes.readUInt16LE(HEAD.trees[0] + 4) & UNFLUSHED) !== 0,
      boot: bytes.readBigInt64LE(HEAD.boot),
      lastPage: bytes.readBigUInt64LE(HEAD.lastPage),
      trees: HEAD.trees.map((tree) => ({
        depth: bytes.readUInt16LE(tree + 6),
        root: bytes.readBigUInt64LE(tree + 40),
      })),
    };
  }

  /** Whether a page and all below it are pages, and lie where they say. */
  private reach(number: bigint, depth: number, lastPage: bigint): boolean {
    const at = Number(number) * this.pageSize;
    if (depth < 1 || number > lastPage || at + this.pageSize > this.size) return false;
    const page = this.read(at, depth === 1 ? HEADER_BYTES : this.pageSize);
    if (!page || !isPage(page, number, depth === 1 ? LEAF : BRANCH, this.pageSize)) return false;
    return depth === 1 || childrenOf(page).every((child) => this.reach(child, depth - 1, lastPage));
  }

  private read(at: number, length: number): Buffer | undefined {
    const bytes = Buffer.allocUnsafe(length);
    return readSync(this.file, bytes, 0, length, at) === length ? bytes : undefined;
  }
}

function isPage(page: Buffer, number: bigint, kind: number, pageSize: number): boolean {
  const [lower, upper] = [page.readUInt16LE(20), page.readUInt16LE(22)];
  return (
    page.readBigUInt64LE(0) === number &&
    (page.readUInt16LE(18) & (BRANCH | LEAF)) === kind &&
    lower <= upper &&
    upper <= pageSize - HEADER_BYTES
  );
}

function childrenOf(page: Buffer): bigint[] {
  const count = page.readUInt16LE(20) >> 1;
  return Array.from({ length: count }, (_, i) => {
    const node = page.readUInt16LE(HEADER_BYTES + 2 * i) + HEADER_BYTES;
    if (node + 6 > page.length) return NO_PAGE;
    return BigInt(page.readUInt32LE(node)) | (BigInt(page.readUInt16LE(node + 4)) << 32n);
  });
}

/** As LMDB writes it into the file; where the system has none, every state counts as one of another run of the machine. */
function bootOfThisMachine(): bigint | undefined {
  try {
    const [first = ''] = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').split('-');
    return BigInt(`0x${first}`);
  } catch {
    return undefined;
  }
}

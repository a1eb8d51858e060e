import { createHash } from 'node:crypto';

/** Addresses that have come before, as 52 bits of their SHA-256 each: of a million one in nine thousand files would have a false hit. */
export class SeenAddresses {
  private readonly seen = new Set<number>();

  /** @returns false when it has come before */
  add(email: string): boolean {
    const digest = createHash('sha256').update(email).digest();
    const key = digest.readUIntBE(0, 6) * 16 + (digest[6]! >> 4);
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }
}

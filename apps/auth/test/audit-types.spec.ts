import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const source = new URL('../src/', import.meta.url).pathname;
const document = readFileSync(new URL('../../../docs/audit.md', import.meta.url), 'utf8');

/** Texts of the form `noun.past_participle` in auth's code that name something else. */
const others = new Set(['facts.count', 'jwks.json']);

const inCode = new Set(
  readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('spec.ts'))
    .flatMap((file) => [...readFileSync(path.join(source, file), 'utf8').matchAll(/'([a-z_]{2,40}\.[a-z_]{2,40})'/g)])
    .map(([, type]) => type!)
    .filter((type) => !others.has(type)),
);
const inDocument = new Set([...document.matchAll(/^\| `([a-z_]+\.[a-z_]+)`/gm)].map(([, type]) => type!));

describe('docs/audit.md', () => {
  it('describes every type that is recorded, and no other', () => {
    expect([...inCode].filter((type) => !inDocument.has(type))).toEqual([]);
    expect([...inDocument].filter((type) => !inCode.has(type))).toEqual([]);
    expect(inDocument.size).toBeGreaterThan(0);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const source = new URL('../src/', import.meta.url).pathname;
const document = readFileSync(new URL('../../../docs/audit.md', import.meta.url), 'utf8');

/** The texts of the form `noun.past_participle` in files that write to the audit log. */
const inCode = new Set(
  readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('spec.ts'))
    .map((file) => readFileSync(path.join(source, file), 'utf8'))
    .filter((text) => /from '\.\.\/(audit\/audit-(log|tally)|ownership\/organization-acts)\.js'/.test(text))
    .flatMap((text) => [...text.matchAll(/'([a-z_]{2,40}\.[a-z_]{2,40})'/g)])
    .map(([, type]) => type!),
);
const inDocument = new Set([...document.matchAll(/^\| `([a-z_]+\.[a-z_]+)`/gm)].map(([, type]) => type!));

describe('docs/audit.md', () => {
  it('describes every type that is recorded, and no other', () => {
    expect([...inCode].filter((type) => !inDocument.has(type))).toEqual([]);
    expect([...inDocument].filter((type) => !inCode.has(type))).toEqual([]);
    expect(inDocument.size).toBeGreaterThan(0);
  });
});

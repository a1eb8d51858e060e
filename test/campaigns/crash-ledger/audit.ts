import { transformFile } from '@swc/core';
import type { Audit } from './cell.js';

/** The invariants are written once, beside accounting's own suites, which no build includes. */
export async function loadAudit(): Promise<Audit> {
  const { code } = await transformFile('apps/accounting/test/sound-books.ts', {
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'es6' },
  });
  const books = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { findFaults: Audit };
  return books.findFaults;
}

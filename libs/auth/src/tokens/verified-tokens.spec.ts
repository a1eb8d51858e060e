import { describe, expect, it } from '@jest/globals';
import { buildService } from '@parley/testing';
import type { Principal } from '../who/principal.js';
import { VerifiedTokens } from './verified-tokens.js';

const principal = (service: string): Principal => buildService({ service });

describe('VerifiedTokens', () => {
  it('finds what it remembers, and nothing else', () => {
    const verified = new VerifiedTokens();
    verified.remember('token', principal('chat'));
    expect([verified.find('token'), verified.find('token2')]).toEqual([principal('chat'), undefined]);
  });

  it('forgets one', () => {
    const verified = new VerifiedTokens();
    for (const token of ['a', 'b', 'c']) verified.remember(token, principal(token));
    verified.forget('a');
    expect([verified.find('a'), verified.find('b')]).toEqual([undefined, principal('b')]);
  });

  it('keeps ten thousand, and lets the oldest go for the next', () => {
    const verified = new VerifiedTokens();
    for (let count = 0; count < 10_001; count++) verified.remember(`token-${count}`, principal(`${count}`));
    expect([0, 1, 10_000].map((count) => verified.find(`token-${count}`))).toEqual([
      undefined,
      principal('1'),
      principal('10000'),
    ]);
  });
});

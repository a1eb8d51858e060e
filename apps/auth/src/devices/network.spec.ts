import { describe, expect, it } from '@jest/globals';
import { networkOf } from './network.js';

describe('networkOf', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    [' 1.2.3.4 ', '1.2.3.4'],
    ['1.2.3.4:5678', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ['::ffff:102:304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    ['[::ffff:1.2.3.4]:5678', '1.2.3.4'],
  ])('[attack 45] counts %s as %s', (given, network) => expect(networkOf(given)).toBe(network));

  it.each([
    '2001:db8:1:2::1',
    '2001:db8:1:2:ffff:ffff:ffff:ffff',
    '2001:0DB8:0001:0002:0:0:0:1',
    '[2001:db8:1:2::1]:443',
    '2001:db8:1:2::1%eth0',
    '2001:db8:1:2::1.2.3.4',
  ])('[attack 45] counts %s with its whole /64', (given) => expect(networkOf(given)).toBe('2001:db8:1:2'));

  it.each([
    ['2001:db8:1:3::1', '2001:db8:1:3'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4'],
    ['1.2.3.5', '1.2.3.5'],
  ])('keeps %s apart as %s', (given, network) => expect(networkOf(given)).toBe(network));

  it.each(['', 'unknown', '1.2.3', '1.2.3.4.5', '999.1.1.1', '_hidden', 'x'.repeat(1_000), '1.2.3.4, 5.6.7.8', ':::'])(
    '[attack 45] counts %j with all that is no address',
    (given) => expect(networkOf(given)).toBe('unknown'),
  );
});

import { isIPv4 } from 'node:net';

/** Off; with passwords that everybody can read in the documentation; or with random ones, for a demo that others can reach. */
export type DemoMode = 'off' | 'published' | 'exposed';

export const DEMO_MODE = Symbol('DemoMode');

/** Values of SEED_DEMO. */
export const demoModes: Readonly<Record<string, DemoMode>> = {
  false: 'off',
  0: 'off',
  true: 'published',
  1: 'published',
  exposed: 'exposed',
};

/** Whether only this machine reaches an address. A name other than localhost may lead anywhere. */
export function isLoopback(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/, '');
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

/** What decides who may reach a demo. */
export interface DemoReach {
  /** The listening address. */
  host: string;
  /** Where something in front of the service publishes it: docker-compose, which listens everywhere inside its own network. */
  publishedHost: string | undefined;
}

/** @returns why a demo with published passwords may not start, or undefined */
export function whyDemoIsRefused({ host, publishedHost }: DemoReach): string | undefined {
  const reached = publishedHost ?? host;
  if (isLoopback(reached)) return undefined;
  return `its passwords are published, and ${reached} is reached by others; SEED_DEMO=exposed makes random passwords`;
}

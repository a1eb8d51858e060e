import type { HttpAnswer } from '@parley/testing';
import type { Operation } from './operations.js';
import type { Scene } from './scene.js';

/** One of several operations that arrive at once. */
export interface Part {
  name: string;
  act: (scene: Scene) => Promise<HttpAnswer>;
  /** The collection and the id under which it is stored once it is done. */
  trace: (scene: Scene) => [collection: string, id: string];
}

/** Operations that queue for an account while another one is being written, and then share a transaction. */
export interface Batch extends Pick<Operation, 'name' | 'on' | 'prepare'> {
  /** What they wait behind. */
  first: Part;
  parts: readonly Part[];
}

const entry = (name: string, id: (holdId: string) => string) => (scene: Scene) =>
  ['credit_entries', id(scene.beside(name).holdId)] as [string, string];

const hold = (name: string): Part => ({
  name: `hold ${name}`,
  act: (scene) => scene.beside(name).hold(70),
  trace: entry(name, (id) => `hold:${id}`),
});

const parts: readonly Part[] = [
  hold('new'),
  {
    name: 'settle',
    act: (scene) => scene.beside('used').settle(40),
    trace: entry('used', (id) => `close:${id}`),
  },
  {
    name: 'top-up',
    act: (scene) => scene.beside('growing').progress(1, 60, 20),
    trace: entry('growing', (id) => `prog:${id}:1`),
  },
  {
    name: 'refused hold',
    act: (scene) => scene.beside('huge').hold(2_000),
    trace: (scene) => ['credit_holds', scene.beside('huge').holdId],
  },
  {
    name: 'release',
    act: (scene) => scene.beside('unused').release(),
    trace: entry('unused', (id) => `close:${id}`),
  },
];

const open = (name: string) => (scene: Scene) => scene.beside(name).hold(70);
const prepare = [(scene: Scene) => scene.allocate(1_000), ...['used', 'growing', 'unused'].map((name) => open(name))];

export const batches: readonly Batch[] = [
  { name: 'batch', prepare, first: hold('first'), parts },
  {
    name: 'pool: batch under a cap',
    on: 'pool',
    prepare: [(scene) => scene.setCap('month', 600), ...prepare],
    first: hold('first'),
    parts,
  },
];

import type { HttpAnswer } from '@parley/testing';
import type { Scene } from './scene.js';

/** Something the ledger does, from a state that was made before. */
export interface Operation {
  name: string;
  prepare: ((scene: Scene) => Promise<unknown>)[];
  act: (scene: Scene) => Promise<HttpAnswer | number>;
}

const rich = (scene: Scene) => scene.allocate(500);
/** Just enough for a hold of 75. */
const tight = (scene: Scene) => scene.allocate(80);
const held = (scene: Scene) => scene.hold(70);
const reported = (scene: Scene) => scene.progress(1, 25);
const abandoned = (scene: Scene) => scene.abandon();
const swept = (scene: Scene) => scene.victim.sweep();
const settled = (scene: Scene) => scene.settle(40);

export const operations: readonly Operation[] = [
  { name: 'first allocation', prepare: [], act: rich },
  { name: 'allocation', prepare: [rich], act: (scene) => scene.allocate(100, 'second') },
  { name: 'adjustment', prepare: [rich], act: (scene) => scene.adjust(-100) },
  { name: 'hold', prepare: [rich], act: held },
  { name: 'denied hold', prepare: [tight], act: (scene) => scene.hold(200) },
  { name: 'progress', prepare: [rich, held], act: reported },
  { name: 'progress with top-up', prepare: [rich, held], act: (scene) => scene.progress(1, 60, 70) },
  { name: 'progress, top-up denied', prepare: [tight, held], act: (scene) => scene.progress(1, 60, 70) },
  { name: 'settle', prepare: [rich, held], act: settled },
  { name: 'settle running short', prepare: [tight, held], act: (scene) => scene.settle(150) },
  { name: 'settle of a failed answer', prepare: [rich, held], act: (scene) => scene.settle(40, 'failed') },
  { name: 'release', prepare: [rich, held], act: (scene) => scene.release() },
  { name: 'expire', prepare: [rich, held, reported, abandoned], act: swept },
  { name: 'late settle', prepare: [rich, held, reported, abandoned, swept], act: settled },
  {
    name: 'late settle running short',
    prepare: [tight, held, reported, abandoned, swept],
    act: (scene) => scene.settle(150),
  },
  { name: 'refund', prepare: [rich, held, settled], act: (scene) => scene.refund(30) },
];

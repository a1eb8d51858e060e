import type { HttpAnswer } from '@parley/testing';
import type { Scene } from './scene.js';

/** Something the ledger does, starting from a prepared state. */
export interface Operation {
  name: string;
  /** Whose account it is about: the user's own by default. */
  on?: 'pool';
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
const toppedUp = (scene: Scene) => scene.progress(1, 60, 70);

const onOwn: readonly Operation[] = [
  { name: 'first allocation', prepare: [], act: rich },
  { name: 'opening balance', prepare: [], act: (scene) => scene.bringAlong(500) },
  { name: 'allocation', prepare: [rich], act: (scene) => scene.allocate(100, 'second') },
  { name: 'adjustment', prepare: [rich], act: (scene) => scene.adjust(-100) },
  { name: 'hold', prepare: [rich], act: held },
  { name: 'refused hold', prepare: [tight], act: (scene) => scene.hold(200) },
  { name: 'progress', prepare: [rich, held], act: reported },
  { name: 'progress with top-up', prepare: [rich, held], act: toppedUp },
  { name: 'progress, top-up denied', prepare: [tight, held], act: toppedUp },
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
  { name: 'allocation with an end', prepare: [rich], act: (scene) => scene.allocateUntil(100) },
  {
    name: 'expiry of credits',
    prepare: [rich, (scene) => scene.allocateUntil(100), held, settled, (scene) => scene.lapse()],
    act: (scene) => scene.victim.takeBackExpired(),
  },
  { name: 'credit rule', prepare: [], act: (scene) => scene.refillDaily(100, '2100-01-01') },
  {
    name: 'refill',
    prepare: [rich, (scene) => scene.refillDaily(100)],
    act: (scene) => scene.victim.refill(),
  },
  { name: 'starting balance', prepare: [], act: (scene) => scene.begin() },
  { name: 'first price', prepare: [], act: (scene) => scene.reprice(1) },
  { name: 'price change', prepare: [(scene) => scene.reprice(1)], act: (scene) => scene.reprice(2) },
];

/** Each member has a daily and a monthly cap, both large enough for a hold of 75. */
const capped = async (scene: Scene) => {
  await scene.setCap('day', 100);
  return scene.setCap('month', 300);
};
const toPool = [rich, capped];

const ofMembers: readonly Operation[] = [
  { name: 'pool: member cap', prepare: [rich], act: (scene) => scene.setCap('day', 100) },
  { name: 'pool: hold', prepare: toPool, act: held },
  { name: 'pool: hold beyond the cap', prepare: toPool, act: (scene) => scene.hold(120) },
  { name: 'pool: top-up', prepare: [...toPool, held], act: (scene) => scene.progress(1, 60, 20) },
  { name: 'pool: top-up beyond the cap', prepare: [...toPool, held], act: toppedUp },
  { name: 'pool: settle', prepare: [...toPool, held], act: settled },
  { name: 'pool: settle beyond the hold', prepare: [...toPool, held], act: (scene) => scene.settle(150) },
  { name: 'pool: release', prepare: [...toPool, held], act: (scene) => scene.release() },
  { name: 'pool: expire', prepare: [...toPool, held, reported, abandoned], act: swept },
  { name: 'pool: late settle', prepare: [...toPool, held, reported, abandoned, swept], act: settled },
  {
    name: 'pool: refill',
    prepare: [(scene) => scene.refillDaily(100)],
    act: (scene) => scene.victim.refill(),
  },
  { name: 'pool: refund', prepare: [...toPool, held, settled], act: (scene) => scene.refund(30) },
];
const onPool = ofMembers.map((operation) => ({ ...operation, on: 'pool' as const }));

export const operations: readonly Operation[] = [...onOwn, ...onPool];

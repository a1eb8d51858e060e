import { setTimeout as delay } from 'node:timers/promises';
import type { MongoClient } from 'mongodb';
import type { FakeModel } from './model/fake-model.js';
import { accountingOf, chatOf } from './books/records.js';
import type { Services } from './services.js';

/** A hold that nobody knows of lives for 90 seconds, and a settlement may wait five minutes between two attempts. */
const patienceMs = 420_000;
const modelPatienceMs = 60_000;
const pollMs = 250;

interface Scene {
  mongo: MongoClient;
  prefix: string;
  services: Services;
  model: FakeModel;
}

/** Lets everything that is open end. @returns what has not */
export async function comeToRest({ mongo, prefix, services, model }: Scene): Promise<string[]> {
  const chat = chatOf(mongo, prefix);
  const holds = accountingOf(mongo, prefix).collection('credit_holds');
  const streams = chat.collection('chat_streams');
  const open = async () => ({
    streams: await streams.countDocuments({ active: true }),
    settlements: await streams.countDocuments({ 'settlement.state': 'due' }),
    holds: await holds.countDocuments({ state: 'held' }),
  });
  await until(() => Promise.resolve(model.isIdle), modelPatienceMs);
  // With both processes dead every unfinished stream is abandoned, so there is no need to wait for leases.
  await Promise.all(services.chats.map((process) => process.kill()));
  await streams.updateMany({ active: true }, { $set: { lease_until: new Date(0) } });
  // Nor can any call of theirs still create a hold, however young the stream is.
  const aMinuteAgo = new Date(Date.now() - 60_000);
  const young = { created_at: { $gt: aMinuteAgo } };
  const due = { created_at: aMinuteAgo, 'settlement.next_attempt_at': new Date(0) };
  await streams.updateMany({ 'settlement.state': 'due', ...young }, { $set: due });
  await streams.updateMany({ active: true, ...young }, { $set: { created_at: aMinuteAgo } });
  // One process is enough to end what both have left behind.
  await services.chats[0]!.start();
  const isQuiet = async () => Object.values(await open()).every((count) => count === 0);
  if (await until(isQuiet, patienceMs)) return [];
  return [`still open: ${JSON.stringify(await open())}`];
}

async function until(met: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await delay(pollMs)) if (await met()) return true;
  return false;
}

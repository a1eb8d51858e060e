import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { SystemClock } from '@parley/platform';
import { AuthStandIn } from '@parley/testing';
import { type Db, MongoClient } from 'mongodb';
import { Random } from '../soak-db/random.js';
import { Auditor } from './auditor.js';
import { Bank } from './clients/bank.js';
import { balance, type Balance } from './books/books.js';
import { ChatDoors } from './clients/chat-doors.js';
import { Client } from './clients/client.js';
import { administrator, createCustomers, type Customer } from './clients/customers.js';
import { Cutter } from './disturbances/cutter.js';
import { FakeModel } from './model/fake-model.js';
import { Killer, type KillEvery } from './disturbances/killer.js';
import { type Meddling, MeddlingProxy } from './disturbances/meddling-proxy.js';
import { comeToRest } from './quiet.js';
import { rarePaths } from './books/rare-paths.js';
import { accountingOf, readRecords } from './books/records.js';
import { choosePorts, type Installation, plan, type Services, urlOf } from './services.js';
import { Tally } from './books/tally.js';

/** The invariants of accounting's own suites: one sentence for each fault. */
type Audit = (accounting: Db, expected: { quiescent: boolean }) => Promise<string[]>;

export interface Campaign extends Installation {
  seed: number;
  milliseconds: number;
  killEvery: KillEvery;
  killDatabaseEvery: KillEvery;
  meddling: Meddling;
  customers: number;
  /** Devices that ask at the same time, distributed over the customers. */
  clients: number;
  /** No more questions than this are asked, even if there is time. */
  mostQuestions: number;
  audit: Audit;
}

export interface Outcome extends Balance {
  tally: Tally;
  /** How often each of the rare paths was taken. */
  rare: Record<string, number>;
  /** How long it took after the last kill until nothing was open. */
  restSeconds: number;
}

interface Scene {
  campaign: Campaign;
  auth: AuthStandIn;
  services: Services;
  model: FakeModel;
  proxy: MeddlingProxy;
  mongo: MongoClient;
  tally: Tally;
  bank: Bank;
  auditor: Auditor;
  random: Random;
  chatUrls: readonly string[];
}

/** Runs everything, kills and meddles for the given time, lets it come to rest, then balances the books. */
export async function runCampaign(campaign: Campaign): Promise<Outcome> {
  const scene = await prepare(campaign);
  const { auth, services, model, proxy, mongo } = scene;
  try {
    await mongo.connect();
    await Promise.all(everyOne(services).map((service) => service.start()));
    return await runOn(scene);
  } finally {
    await Promise.all(everyOne(services).map((service) => service.kill()));
    await Promise.all([auth.stop(), model.stop(), proxy.stop(), mongo.close()]);
  }
}

async function prepare(campaign: Campaign): Promise<Scene> {
  const random = new Random(campaign.seed);
  const tally = new Tally();
  const ports = await choosePorts();
  const auth = await AuthStandIn.start(new SystemClock());
  const model = await FakeModel.start(campaign.seed);
  const targets = ports.accountings.map(urlOf);
  const proxy = await MeddlingProxy.start(targets, campaign.meddling, new Random(random.below(2 ** 31)), tally);
  const own = { authUrl: auth.url, accountingUrl: proxy.url, modelUrl: model.url };
  const mongo = new MongoClient(campaign.mongo.uri, { useBigInt64: true });
  const bank = new Bank(proxy.url, administrator(auth), tally);
  const auditor = new Auditor(bank, mongo, campaign.mongo.prefix, tally);
  const services = plan(campaign, ports, own);
  const chatUrls = ports.chats.map(urlOf);
  return { campaign, auth, services, model, proxy, mongo, tally, bank, auditor, random, chatUrls };
}

async function runOn(scene: Scene): Promise<Outcome> {
  const { campaign, auth, services, model, proxy, mongo, tally, bank, auditor } = scene;
  const { prefix } = campaign.mongo;
  await bank.setPrice();
  const customers = await createCustomers(campaign.customers, auth, bank);
  await disturb(scene, customers);
  const overSince = Date.now();
  await proxy.calmDown();
  const open = await comeToRest({ mongo, prefix, services, model });
  const restSeconds = Math.round((Date.now() - overSince) / 1_000);
  await bank.clearUp();
  const drift = await auditor.finish();
  const records = await readRecords(mongo, prefix);
  const payers = new Map(customers.map(({ userId, accountId }) => [userId, accountId]));
  const { given, refunded } = bank;
  const sheet = balance(records, { generations: model.generations, given, refunded, dones: tally.dones, payers });
  const broken = await campaign.audit(accountingOf(mongo, prefix), { quiescent: true });
  const faults = [...open, ...tally.faults, ...model.faults, ...drift, ...broken, ...sheet.faults];
  return { ...sheet, tally, rare: rarePaths(tally, records), restSeconds, faults };
}

/** Clients, killers and the auditor work until the time is up; settles when all have finished and every service is running. */
async function disturb(scene: Scene, customers: readonly Customer[]): Promise<void> {
  const { campaign, services, proxy, tally, bank, auditor, random } = scene;
  const next = () => new Random(random.below(2 ** 31));
  const over = new AbortController();
  // Every worker listens on it.
  setMaxListeners(0, over.signal);
  const doors = new ChatDoors(scene.chatUrls, next(), tally, over.signal);
  let questions = 0;
  const nextQuestion = () => (questions < campaign.mostQuestions ? ++questions : undefined);
  const around = { doors, bank, tally, known: new Map<string, string>(), nextQuestion };
  const clients = Array.from(
    { length: campaign.clients },
    (_, i) => new Client(customers[i % customers.length]!, next(), around),
  );
  const { killEvery, killDatabaseEvery, database } = campaign;
  const killers = [new Killer([services.accountings, services.chats], killEvery, next(), tally)];
  if (database) killers.push(new Killer([[database]], killDatabaseEvery, next(), tally, () => tally.databaseKills++));
  const workers = [...killers, new Cutter(proxy, next(), tally), auditor, ...clients];
  const work = workers.map((worker) => worker.work(over.signal));
  await delay(campaign.milliseconds);
  over.abort();
  await Promise.all(work);
}

const everyOne = ({ accountings, chats }: Services) => [...accountings, ...chats];

import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { Random } from '../soak-db/random.js';
import { balance, type Balance } from './books.js';
import { ChatDoors } from './chat-doors.js';
import { Client } from './client.js';
import { Bank, createCustomers, signIn } from './customers.js';
import { FakeModel } from './fake-model.js';
import { Killer, type KillEvery } from './killer.js';
import { type Meddling, MeddlingProxy } from './meddling-proxy.js';
import { comeToRest } from './quiet.js';
import { readRecords } from './records.js';
import { choosePorts, type Installation, plan, type Services, urlOf } from './services.js';
import { Tally } from './tally.js';

export interface Campaign extends Installation {
  seed: number;
  milliseconds: number;
  killEvery: KillEvery;
  meddling: Meddling;
  customers: number;
  /** Devices that ask at the same time, shared out over the customers. */
  clients: number;
  /** Whatever the time allows, no more questions than this are asked. */
  mostQuestions: number;
}

export interface Outcome extends Balance {
  tally: Tally;
  /** How long it took, after the last kill, until nothing was open. */
  restSeconds: number;
}

/** Runs everything, kills and meddles for the given time, lets it come to rest and balances the books. */
export async function runCampaign(campaign: Campaign): Promise<Outcome> {
  const random = new Random(campaign.seed);
  const tally = new Tally();
  const ports = await choosePorts();
  const model = await FakeModel.start(campaign.seed);
  const accountings = ports.accountings.map(urlOf);
  const proxy = await MeddlingProxy.start(accountings, campaign.meddling, new Random(random.below(2 ** 31)), tally);
  const services = plan(campaign, ports, { accountingUrl: proxy.url, modelUrl: model.url });
  const mongo = new MongoClient(campaign.mongo.uri, { useBigInt64: true });
  const scene = { campaign, services, model, proxy, mongo, tally, random };
  try {
    await mongo.connect();
    await Promise.all(everyOne(services).map((service) => service.start()));
    return await runOn(scene, ports.chats.map(urlOf));
  } finally {
    await Promise.all(everyOne(services).map((service) => service.kill()));
    await Promise.all([model.stop(), proxy.stop(), mongo.close()]);
  }
}

interface Scene {
  campaign: Campaign;
  services: Services;
  model: FakeModel;
  proxy: MeddlingProxy;
  mongo: MongoClient;
  tally: Tally;
  random: Random;
}

async function runOn(scene: Scene, chatUrls: readonly string[]): Promise<Outcome> {
  const { campaign, services, model, proxy, mongo, tally } = scene;
  const { prefix } = campaign.mongo;
  const admin = await signIn(services.auth, 'admin', 'parley-admin-demo');
  const bank = new Bank(proxy.url, admin.token, tally);
  await bank.setPrice();
  await disturb(scene, bank, chatUrls);
  const overSince = Date.now();
  await proxy.calmDown();
  const open = await comeToRest({ mongo, prefix, services, model });
  const restSeconds = Math.round((Date.now() - overSince) / 1_000);
  const sheet = balance(await readRecords(mongo, prefix), { generations: model.generations, given: bank.given });
  return { ...sheet, tally, restSeconds, faults: [...open, ...tally.faults, ...model.faults, ...sheet.faults] };
}

/** Clients and killer work until the time is over; settles when all of them have ended and all services run. */
async function disturb({ campaign, services, mongo, tally, random }: Scene, bank: Bank, urls: readonly string[]) {
  const next = () => new Random(random.below(2 ** 31));
  const { prefix } = campaign.mongo;
  const customers = await createCustomers(campaign.customers, { auth: services.auth, mongo, prefix, bank });
  const over = new AbortController();
  const doors = new ChatDoors(urls, next(), tally, over.signal);
  let questions = 0;
  const nextQuestion = () => (questions < campaign.mostQuestions ? ++questions : undefined);
  const around = { doors, bank, tally, known: new Map<string, string>(), nextQuestion };
  const clients = Array.from(
    { length: campaign.clients },
    (_, i) => new Client(customers[i % customers.length]!, next(), around),
  );
  const killer = new Killer([services.accountings, services.chats], campaign.killEvery, next(), tally);
  const work = [killer.work(over.signal), ...clients.map((client) => client.work(over.signal))];
  await delay(campaign.milliseconds);
  over.abort();
  await Promise.all(work);
}

const everyOne = ({ auth, accountings, chats }: Services) => [auth, ...accountings, ...chats];

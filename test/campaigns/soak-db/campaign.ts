import { setImmediate } from 'node:timers/promises';
import { DatabaseProcess } from '../database/database-process.js';
import { ConnectionLost, WireClient } from '../database/wire-client.js';
import { Book, noCounts, type Counts } from './book.js';
import { setUp } from './collections.js';
import { Random } from './random.js';
import { verify } from './verify.js';
import { Writer } from './writer.js';

const WRITERS = 6;
/** Everything is dropped after this many rounds, so that the checks of the last round take no longer than those of the first. */
const ROUNDS_PER_BOOK = 20;
const MOST_COMMANDS = 1_500;

export interface Campaign {
  /** The database's compiled main file. */
  script: string;
  directory: string;
  rounds: number;
  seed: number;
  /** Called after every round. */
  onRound?: (counts: Counts) => void;
}

/** Writes, kills, restarts and checks, round after round, and stops at the first round that finds faults. */
export async function runCampaign({ script, directory, rounds, seed, onRound }: Campaign) {
  const random = new Random(seed);
  const counts = noCounts();
  let database = await DatabaseProcess.start(script, directory);
  let scene = await newScene(database, random, counts);
  try {
    while (counts.rounds < rounds && scene.book.faults.length === 0) {
      if (counts.rounds > 0 && counts.rounds % ROUNDS_PER_BOOK === 0) scene = await newScene(database, random, counts);
      await writeUntilKilled(database, scene.writers, random);
      database = await DatabaseProcess.start(script, directory);
      await withClient(database, (client) => verify(client, scene.book, counts));
      counts.rounds++;
      onRound?.(counts);
    }
  } finally {
    await database.stop();
  }
  return { counts, faults: scene.book.faults };
}

async function newScene(database: DatabaseProcess, random: Random, counts: Counts) {
  await withClient(database, setUp);
  const book = new Book();
  const names = Array.from({ length: WRITERS }, (_, i) => `w${i}`);
  const writers = names.map((name) => new Writer(name, new Random(random.below(2 ** 31)), book, counts));
  return { book, writers };
}

/** The moment is chosen as a number of commands and turns of the event loop, so it can fall into anything the database does. */
async function writeUntilKilled(database: DatabaseProcess, writers: Writer[], random: Random): Promise<void> {
  let left = 1 + random.below(MOST_COMMANDS);
  const turns = random.below(30);
  let killed: Promise<void> | undefined;
  const kill = async () => {
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    await database.kill();
  };
  const sent = () => {
    if (--left === 0) killed = kill();
  };
  const clients = await Promise.all(writers.map(() => WireClient.connect(database.uri)));
  const lost = (error: unknown) => {
    if (!(error instanceof ConnectionLost)) throw error;
  };
  await Promise.all(writers.map((writer, i) => writer.work(clients[i]!, sent).catch(lost)));
  await killed;
}

async function withClient<T>(database: DatabaseProcess, run: (client: WireClient) => Promise<T>): Promise<T> {
  const client = await WireClient.connect(database.uri);
  try {
    return await run(client);
  } finally {
    client.close();
  }
}

// What the embedded database costs: `npm run bench:embedded`. First against a floor that stores nothing, in the same run and turn
// by turn, so that a busy machine slows both; then, in a database of its own, by the number of documents and in memory. All writes
// are w: majority.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import { DatabaseProcess, withDirectory } from '../../dist-campaigns/test/campaigns/database/database-process.js';
import { median, perSecond } from './measure.mjs';
import { fill, nameOf, operations, targetOf } from './operations.mjs';

const turns = 3;
const sizeTurns = 5;
const turnMs = 1_000;
const sizes = [1_000, 100_000, 1_000_000];
const goals = {
  insert: 0.4,
  'find by index': 0.6,
  findOneAndUpdate: 0.4,
};

const say = (line) => console.log(line);
const connect = (uri) => new MongoClient(uri, { writeConcern: { w: 'majority' }, maxPoolSize: 50 }).connect();

async function compareWithFloor(floor, database) {
  for (const clients of [1, 50]) {
    say(`\n${clients} clients               floor/s  database/s  ratio`);
    for (const [name, operation] of Object.entries(operations)) {
      const rates = { floor: [], database: [] };
      for (let turn = 0; turn < turns; turn++) {
        rates.floor.push(await perSecond(operation, floor, clients, turnMs));
        rates.database.push(await perSecond(operation, database, clients, turnMs));
      }
      const [most, ours] = [median(rates.floor), median(rates.database)];
      const goal = (clients === 50 || name === 'find by index') && goals[name];
      say(
        `${row(name, most, ours)}  ${(ours / most).toFixed(2)}${goal ? verdict(ours / most >= goal, `goal ${goal}`) : ''}`,
      );
    }
  }
}

/** The collections by their sizes; the last is the one whose memory is measured. */
async function fillSizes(client, database) {
  const targets = [];
  for (const size of sizes.slice(0, -1)) targets.push(await fill(client, `of-${size}`, size));
  const size = sizes.at(-1);
  const started = Date.now();
  targets.push(await fill(client, `of-${size}`, size));
  say(`\n${size} documents were inserted in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  showMemory(database, `with ${size} documents`);
  return targets;
}

/** Every operation hits its whole collection at random. All sizes take turns, there and back, after one turn that is not counted. */
async function compareSizes(targets) {
  say(`\nmicroseconds per operation, 50 clients   ${sizes.join('  ')}  last/first`);
  for (const name of Object.keys(goals)) {
    const costs = targets.map(() => []);
    for (let turn = 0; turn <= sizeTurns; turn++) {
      const order = [...targets.entries()];
      for (const [i, target] of turn % 2 === 0 ? order : order.reverse()) {
        const cost = 1e6 / (await perSecond(operations[name], target, 50, turnMs));
        if (turn > 0) costs[i].push(cost);
      }
    }
    const cost = costs.map(median);
    const ratio = cost.at(-1) / cost[0];
    say(`${row(name, ...cost)}  ${ratio.toFixed(2)}${verdict(ratio <= 1.3, 'goal 1.3')}`);
  }
}

function showMemory(database, when) {
  const status = readFileSync(`/proc/${database.pid}/status`, 'utf8');
  const megabytes = (field) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN) / 1024);
  const rss = megabytes('VmRSS');
  const parts = `${megabytes('RssAnon')} MB its own, ${megabytes('RssFile')} MB pages of files that the system can take back`;
  say(`memory ${when}: ${rss} MB (${parts})${verdict(rss < 300, 'goal 300 MB')}`);
}

async function readEverywhere(client) {
  const collection = client.db('bench').collection(`of-${sizes.at(-1)}`);
  const names = Array.from({ length: 20_000 }, (_, i) => nameOf((i * 49_999) % sizes.at(-1)));
  for (let i = 0; i < names.length; i += 50)
    await Promise.all(names.slice(i, i + 50).map((user) => collection.findOne({ user })));
}

const row = (name, ...numbers) =>
  name.padEnd(24) + numbers.map((number) => Math.round(number).toString().padStart(9)).join('');
const verdict = (met, goal) => `  ${goal}: ${met ? 'met' : 'MISSED'}`;

async function withDatabase(directory, run) {
  const database = await DatabaseProcess.start('dist/libs/embedded-mongo/src/main.js', directory);
  const client = await connect(database.uri);
  await run(client, database).finally(() => client.close());
  await database.stop();
}

const floorProcess = fork(new URL('./floor.mjs', import.meta.url));
const [port] = await once(floorProcess, 'message');
await withDirectory((directory) =>
  withDatabase(directory, async (client) => {
    const floor = await connect(`mongodb://127.0.0.1:${port}/?directConnection=true`);
    await compareWithFloor(targetOf(floor, 'documents', 10_000), await fill(client, 'documents', 10_000));
    await floor.close();
    floorProcess.disconnect();
  }),
);
await withDirectory(async (directory) => {
  await withDatabase(directory, async (client, database) => {
    await compareSizes(await fillSizes(client, database));
    showMemory(database, 'after all of this');
  });
  await withDatabase(directory, async (client, database) => {
    await readEverywhere(client);
    showMemory(database, 'after a restart and 20,000 reads');
  });
});

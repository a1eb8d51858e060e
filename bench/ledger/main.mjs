// Hold+settle pairs per second through HTTP: one hot account and 1,000 accounts, with one transaction for all that wait for an
// account and, in the same run, with a plain one for each step. Run it with `npm run bench:ledger [-- --seconds 4]`.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { Pool } from 'undici';
import { SystemClock } from '../../dist-campaigns/libs/platform/src/index.js';
import { AuthStandIn } from '../../dist-campaigns/libs/testing/src/auth-stand-in.js';
import { startProcess } from './process.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, clients: { type: 'string', default: '1,10,50,200' } },
});
const milliseconds = Number(values.seconds) * 1_000;
const clientCounts = values.clients.split(',').map(Number);
const spreadAccounts = 1_000;

const auth = await AuthStandIn.start(new SystemClock());
const tokens = {
  admin: auth.user('usr_admin', ['credits:*', 'prices:*', 'ledger:*']),
  chat: auth.serviceToken('chat', 'accounting', 'holds:write'),
};
const users = Array.from({ length: spreadAccounts + 1 }, (_, index) => auth.user(`usr_${index}`, ['chat:stream']));

const directory = await mkdtemp(path.join(tmpdir(), 'parley-bench-'));
const database = await startProcess('dist/libs/embedded-mongo/src/main.js', {
  args: ['--port', '0', '--data', directory],
  ready: /mongodb:\/\/\S+/,
});
const mongo = await new MongoClient(database.found).connect();

/** One instance of accounting on books of its own. */
async function startAccounting(batching) {
  const prefix = `bench_${batching ? 'batched' : 'plain'}`;
  const env = {
    MONGODB_URI: database.found,
    DATABASE_PREFIX: prefix,
    AUTH_URL: auth.url,
    ACCOUNTING_PORT: '0',
    HOST: '127.0.0.1',
    SERVICE_SECRET_ACCOUNTING: randomUUID() + randomUUID(),
    LOG_LEVEL: 'info',
  };
  const args = batching ? [] : ['--plain'];
  const ready = /http:\/\/127\.0\.0\.1:\d+/;
  const service = await startProcess('bench/ledger/accounting.mjs', { args, env, ready });
  return { ...service, pool: new Pool(service.found, { connections: 256 }), prefix };
}

async function send(pool, method, route, body, headers) {
  const answer = await pool.request({
    method,
    path: route,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.statusCode, body: await answer.body.json() };
}

async function prepare({ pool }) {
  const headers = { authorization: `Bearer ${tokens.admin}` };
  const price = { input_ucr_per_mtok: 2_000_000, output_ucr_per_mtok: 8_000_000 };
  await send(pool, 'PUT', '/prices/bench', price, headers);
  for (let index = 0; index < users.length; index++) {
    const gift = { user_id: `usr_${index}`, amount_ucr: 1_000_000_000_000, reason: 'bench' };
    const { status } = await send(pool, 'POST', '/credits/allocations', gift, headers);
    if (status !== 201) throw new Error(`the allocation answered ${status}`);
  }
}

/** One pair; a conflict that came through to the caller is counted and tried again, as chat would. */
async function pair(pool, user, result) {
  const id = `stream-1768478400000-${randomUUID()}`;
  const hold = { hold_id: id, chat_session_id: 's', model: 'bench', input_tokens: 500, max_output_tokens: 500 };
  const usage = { input_tokens: 500, output_tokens: 200, source: 'provider' };
  const settlement = { streaming_session_id: id, usage, outcome: 'completed' };
  const headers = { authorization: `Bearer ${tokens.chat}` };
  await until(() => send(pool, 'POST', '/holds', hold, { ...headers, 'x-subject-token': user }), result);
  await until(() => send(pool, 'POST', `/holds/${id}/settle`, settlement, headers), result);
}

async function until(attempt, result) {
  for (;;) {
    const { status, body } = await attempt();
    if (status === 200 || status === 201) return;
    if (status !== 503 && status !== 429) throw new Error(`${status} ${JSON.stringify(body)}`);
    result.conflicts += 1;
  }
}

async function measure({ pool }, clients, isHot) {
  const result = { latencies: [], conflicts: 0 };
  const end = performance.now() + milliseconds;
  let next = 0;
  const client = async () => {
    while (performance.now() < end) {
      const began = performance.now();
      await pair(pool, isHot ? users[0] : users[1 + (next++ % spreadAccounts)], result);
      result.latencies.push(performance.now() - began);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const sorted = result.latencies.sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const perSecond = (sorted.length * 1_000) / (performance.now() - began);
  return { pairs: sorted.length, perSecond, p50: at(0.5), p99: at(0.99), conflicts: result.conflicts };
}

/** Every account against its entries. @returns the number of those that do not add up */
async function mismatches({ prefix }, pairs) {
  const db = mongo.db(`${prefix}_accounting`, { useBigInt64: true });
  const sums = await db
    .collection('credit_entries')
    .aggregate([
      {
        $group: {
          _id: '$account_id',
          balance: { $sum: '$delta_ucr' },
          held: { $sum: '$held_delta_ucr' },
          count: { $sum: 1 },
        },
      },
    ])
    .toArray();
  const accounts = new Map((await db.collection('credit_accounts').find().toArray()).map((row) => [row._id, row]));
  const settled = await db.collection('credit_holds').countDocuments({ state: 'settled' });
  const wrong = sums.filter(({ _id, balance, held, count }) => {
    const account = accounts.get(_id);
    return account?.balance_ucr !== balance || account.held_ucr !== held || Number(account.seq) !== Number(count);
  });
  return wrong.length + Math.abs(settled - pairs);
}

const perSecond = {};
try {
  for (const batching of [false, true]) {
    const service = await startAccounting(batching);
    await prepare(service);
    let pairs = 0;
    for (const isHot of [true, false]) {
      for (const clients of clientCounts) {
        const row = await measure(service, clients, isHot);
        pairs += row.pairs;
        const name = `${isHot ? 'hot' : 'spread'} ${clients}`;
        (perSecond[name] ??= {})[batching ? 'batched' : 'plain'] = row.perSecond;
        console.log(
          `${batching ? 'batched' : 'plain  '} ${name.padEnd(11)} ${row.perSecond.toFixed(0).padStart(5)} pairs/s ` +
            `p50 ${row.p50.toFixed(1)} ms p99 ${row.p99.toFixed(1)} ms conflicts ${row.conflicts}`,
        );
      }
    }
    console.log(
      `${batching ? 'batched' : 'plain'}: ledger mismatches ${await mismatches(service, pairs)} of ${pairs} pairs`,
    );
    await service.pool.close();
    await service.stop();
  }
  for (const [name, { plain, batched }] of Object.entries(perSecond))
    console.log(`${name}: batched / plain = ${(batched / plain).toFixed(1)}`);
} finally {
  await mongo.close();
  await database.stop();
  await auth.stop();
  await rm(directory, { recursive: true, force: true });
}

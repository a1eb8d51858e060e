// Whether the time of a refused sign-in tells who has an account: a wrong password for a known and for an unknown name, turn by turn,
// over HTTP on one database. Run it with `npm run bench:sign-in [-- --times 1000]`.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { Pool } from 'undici';
import { startProcess } from '../ledger/process.mjs';

const { values } = parseArgs({ options: { times: { type: 'string', default: '1000' } } });
const times = Number(values.times);
const atMostMs = 2;
/** Fewer than the wrong passwords after which a name has to wait. */
const beforeForgetting = 8;
const names = ['user1', 'nobody'];

const directory = await mkdtemp(path.join(tmpdir(), 'parley-bench-'));
const database = await startProcess('dist/libs/embedded-mongo/src/main.js', {
  args: ['--port', '0', '--data', directory],
  ready: /mongodb:\/\/\S+?(?=["\s]|$)/,
});
const secret = () => randomBytes(32).toString('base64url');
const auth = await startProcess('dist/apps/auth/src/main.js', {
  env: {
    MONGODB_URI: database.found,
    DATABASE_PREFIX: 'bench',
    HOST: '127.0.0.1',
    AUTH_PORT: '0',
    TRUSTED_PROXIES: '127.0.0.1',
    SEED_DEMO: 'true',
    AUTH_KEK: secret(),
    SERVICE_SECRET_CHAT: secret(),
    SERVICE_SECRET_ACCOUNTING: secret(),
    LOG_LEVEL: 'info',
  },
  ready: /http:\/\/127\.0\.0\.1:\d+/,
});
const mongo = await new MongoClient(database.found).connect();
const counters = mongo.db('bench_auth').collection('sign_in_counters');
const pool = new Pool(auth.found, { connections: 1 });

/** Milliseconds of one refused sign-in, from an address of its own. */
async function refused(username, turn) {
  const begun = performance.now();
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: '/auth/login',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': `10.${(turn >> 16) & 255}.${(turn >> 8) & 255}.${turn & 255}`,
    },
    body: JSON.stringify({ username, password: 'not the password of anybody' }),
  });
  await body.text();
  if (statusCode !== 401) throw new Error(`${username}: ${statusCode}`);
  return performance.now() - begun;
}

const samples = { user1: [], nobody: [] };
for (let turn = 0; turn < times + 50; turn++) {
  if (turn % beforeForgetting === 0) await counters.deleteMany({});
  // Each goes first as often as the other; the first fifty warm up.
  for (const name of turn % 2 ? names : names.toReversed()) {
    const ms = await refused(name, turn);
    if (turn >= 50) samples[name].push(ms);
  }
}
await pool.close();
await mongo.close();
await auth.stop();
await database.stop();
await rm(directory, { recursive: true });

const at = (sorted, share) => sorted[Math.floor(sorted.length * share)];
const medians = names.map((name) => {
  const sorted = samples[name].toSorted((a, b) => a - b);
  const [p50, p95] = [at(sorted, 0.5), at(sorted, 0.95)];
  console.log(`${name.padEnd(8)} ${times} times: median ${p50.toFixed(2)} ms, 95 % ${p95.toFixed(2)} ms`);
  return p50;
});
const difference = Math.abs(medians[0] - medians[1]);
console.log(`difference of medians ${difference.toFixed(2)} ms (at most ${atMostMs})`);
process.exitCode = difference < atMostMs ? 0 : 1;

// What the guard costs: requests per second to a route with the guard and to the same without it, in turns in one run, and how much
// of the service's own CPU time they take (without the kernel's, which depends on how busy the other end is). Once on a route that
// does nothing, which shows the microseconds, and once on one that reads one document, which is the smallest request that the product
// has. Run it with `npm run bench:guard [-- --rounds 15 --requests 4000]`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { startProcess } from '../ledger/process.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, requests: { type: 'string', default: '4000' } },
});
const [rounds, requests] = [Number(values.rounds), Number(values.requests)];

const connections = 16;
const atMostPercent = 5;

const directory = await mkdtemp(path.join(tmpdir(), 'parley-bench-'));
const database = await startProcess('dist-campaigns/libs/embedded-mongo/src/main.js', {
  args: ['--port', '0', '--data', directory],
  ready: /mongodb:\/\/\S+?(?=["\s]|$)/,
});
const { found, stop } = await startProcess('bench/guard/service.mjs', {
  env: { MONGODB_URI: database.found },
  ready: /(?<=BENCH )\{.*\}/,
});
const { url, tokens } = JSON.parse(found);
const pool = new Pool(url, { connections });
const ask = async (route, count) => {
  const headers = { authorization: `Bearer ${tokens[count % tokens.length]}` };
  const { statusCode, body } = await pool.request({ path: route, method: 'GET', headers });
  await body.dump();
  if (statusCode !== 200) throw new Error(`${route} answered ${statusCode}`);
};
const cpu = async () => {
  const { body } = await pool.request({ path: '/doors/cpu', method: 'GET' });
  return (await body.json()).user;
};
/** Microseconds for one request: of time, and of the service's CPU time. */
async function measure(route) {
  const [before, startedAt] = [await cpu(), performance.now()];
  let next = 0;
  const client = async () => {
    while (next < requests) await ask(route, next++);
  };
  await Promise.all(Array.from({ length: connections }, client));
  const elapsed = (performance.now() - startedAt) * 1_000;
  return { time: elapsed / requests, cpu: ((await cpu()) - before) / requests };
}
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Per cent of the service's CPU time that the guard adds to a route. */
async function compare(what, open, guarded) {
  for (const route of [open, guarded]) await measure(route);
  const costs = { [open]: [], [guarded]: [] };
  for (let round = 0; round < rounds; round++) {
    // Who goes first changes from round to round, so that a machine that gets slower favours nobody.
    const turns = round % 2 === 0 ? [open, guarded] : [guarded, open];
    for (const route of turns) costs[route].push(await measure(route));
  }
  const shares = ['time', 'cpu'].map((unit) => {
    const [without, with_] = [open, guarded].map((route) => median(costs[route].map((cost) => cost[unit])));
    // Of each round, because a machine that others use too gets slower and faster from one to the next.
    const ratios = costs[open].map((cost, round) => costs[guarded][round][unit] / cost[unit]);
    const share = (median(ratios) - 1) * 100;
    const figures = `${without.toFixed(1)} µs without the guard, ${with_.toFixed(1)} µs with it: ${share.toFixed(1)} % more`;
    console.log(`${what}, ${unit}: ${figures}`);
    return share;
  });
  return shares[1];
}

await compare('a route that does nothing', '/doors/open', '/doors/guarded');
const share = await compare('a route that reads one document', '/doors/read-open', '/doors/read-guarded');
await pool.close();
await stop();
await database.stop();
await rm(directory, { recursive: true });
if (share >= atMostPercent) {
  console.error(`The guard takes more than ${atMostPercent} % of a small request.`);
  process.exitCode = 1;
}

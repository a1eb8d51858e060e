// What the guard costs: requests per second to a small route with the guard and to the same without it, in turns in one run, and
// how much of the service's own CPU time they take (without the kernel's, which depends on how busy the other end is). Run it with `npm run bench:guard [-- --rounds 15 --requests 4000]`.
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { startProcess } from '../ledger/process.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, requests: { type: 'string', default: '4000' } },
});
const [rounds, requests] = [Number(values.rounds), Number(values.requests)];

const connections = 64;

const { found, stop } = await startProcess('bench/guard/service.mjs', { ready: /(?<=BENCH )\{.*\}/ });
const { url, tokens } = JSON.parse(found);
const pool = new Pool(url, { connections });
const ask = async (path, count) => {
  const headers = { authorization: `Bearer ${tokens[count % tokens.length]}` };
  const { statusCode, body } = await pool.request({ path, method: 'GET', headers });
  await body.dump();
  if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`);
};
const cpu = async () => {
  const { body } = await pool.request({ path: '/doors/cpu', method: 'GET' });
  return (await body.json()).user;
};
/** Microseconds for one request: of time, and of the service's CPU time. */
async function measure(path) {
  const [before, startedAt] = [await cpu(), performance.now()];
  let next = 0;
  const client = async () => {
    while (next < requests) await ask(path, next++);
  };
  await Promise.all(Array.from({ length: connections }, client));
  const elapsed = (performance.now() - startedAt) * 1_000;
  return { time: elapsed / requests, cpu: ((await cpu()) - before) / requests };
}
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const paths = ['/doors/open', '/doors/guarded'];
for (const path of paths) await measure(path);
const costs = { '/doors/open': [], '/doors/guarded': [] };
for (let round = 0; round < rounds; round++) {
  // Who goes first changes from round to round, so that a machine that gets slower favours nobody.
  for (const path of round % 2 === 0 ? paths : paths.toReversed()) costs[path].push(await measure(path));
}
await pool.close();
await stop();
for (const what of ['time', 'cpu']) {
  const [open, guarded] = paths.map((path) => median(costs[path].map((cost) => cost[what])));
  // Of each round, because a machine that others use too gets slower and faster from one to the next.
  const ratios = costs['/doors/open'].map((cost, round) => costs['/doors/guarded'][round][what] / cost[what]);
  const share = ((median(ratios) - 1) * 100).toFixed(1);
  console.log(`${what}: ${open.toFixed(1)} µs without the guard, ${guarded.toFixed(1)} µs with it: ${share} % more`);
}

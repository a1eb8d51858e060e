// From the answer that says that rights have ended to the first refusal at accounting and at chat, with all three services as
// processes; what requests cost auth while nothing changes; and whether anybody is refused while keys change under load (attack 107).
// Run it with `npm run bench:revocation [-- --times 100 --load-seconds 120]`.
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { HttpClient } from '../../dist-campaigns/libs/testing/src/http-client.js';
import { freePort } from '../../dist-campaigns/libs/testing/src/service-process.js';
import { startProcess } from '../ledger/process.mjs';

const { values } = parseArgs({
  options: { times: { type: 'string', default: '100' }, 'load-seconds': { type: 'string', default: '120' } },
});
const [times, loadSeconds] = [Number(values.times), Number(values['load-seconds'])];
const atMostMs = 2_000;

const directory = await mkdtemp(path.join(tmpdir(), 'parley-bench-'));
const started = [];
const start = async (script, options) => {
  const one = await startProcess(script, options);
  started.unshift(one);
  return one;
};
const database = await start('dist/libs/embedded-mongo/src/main.js', {
  args: ['--port', '0', '--data', directory],
  ready: /mongodb:\/\/\S+?(?=["\s]|$)/,
});
const secret = () => randomBytes(32).toString('base64url');
const env = { MONGODB_URI: database.found, SEED_DEMO: 'true', AUTH_KEK: secret(), LOG_LEVEL: 'info' };
for (const name of ['SERVICE_SECRET_CHAT', 'SERVICE_SECRET_ACCOUNTING']) env[name] = secret();
for (const name of ['AUTH', 'ACCOUNTING', 'CHAT']) {
  env[`${name}_PORT`] = String(await freePort());
  env[`${name}_URL`] = `http://127.0.0.1:${env[`${name}_PORT`]}`;
}
const service = async (name) => {
  await start(`dist/apps/${name}/src/main.js`, { env, ready: /is listening/ });
  return new HttpClient(env[`${name.toUpperCase()}_URL`]);
};
const [auth, accounting, chat] = [await service('auth'), await service('accounting'), await service('chat')];
for (const each of [auth, accounting, chat]) while ((await each.get('/health/ready')).status !== 200);

const signIn = async (username) => {
  const { status, body } = await auth.post('/auth/login', { username, password: `parley-${username}-demo` });
  if (status !== 200) throw new Error(`${username} could not sign in: ${status} ${JSON.stringify(body)}`);
  return { token: body.access_token, id: body.user.id };
};
const asks = {
  accounting: (token) => accounting.get('/credits/balance', { token }),
  chat: (token) => chat.get('/chat/sessions', { token }),
};
let admin = await signIn('admin');

/** Milliseconds from the end of `change` until the token is refused. */
async function untilRefused(token, change, code) {
  for (const ask of Object.values(asks))
    if ((await ask(token)).status !== 200) throw new Error('it was not good before');
  const { status } = await change();
  if (status !== 200 && status !== 204) throw new Error(`the change answered ${status}`);
  const changedAt = performance.now();
  const waits = Object.values(asks).map(async (ask) => {
    for (;;) {
      const answer = await ask(token);
      if (answer.status === 200) continue;
      if (answer.status !== 401 || answer.body.code !== code) throw new Error(`${answer.status} ${answer.body.code}`);
      return performance.now() - changedAt;
    }
  });
  return Math.max(...(await Promise.all(waits)));
}

const cases = {
  'a session is ended': async () => {
    const { token } = await signIn('user1');
    const { sid } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    return untilRefused(token, () => auth.delete(`/auth/sessions/${sid}`, { token }), 'session_revoked');
  },
  'an account is suspended': async () => {
    const { token, id } = await signIn('user2');
    const set = (status) => auth.patch(`/users/${id}`, { status }, admin);
    const waited = await untilRefused(token, () => set('suspended'), 'account_disabled');
    await set('active');
    return waited;
  },
  'a key is revoked': async () => {
    const { token } = await signIn('user1');
    const change = () => auth.post('/admin/keys/rotate', { revoke: true, reason: 'a measurement' }, admin);
    const waited = await untilRefused(token, change, 'invalid_token');
    admin = await signIn('admin');
    return waited;
  },
};

let isTooSlow = false;
console.log(`From the answer to the first refusal at both services, ${times} times each, in ms:`);
for (const [name, once] of Object.entries(cases)) {
  const waited = [];
  for (let count = 0; count < times; count++) waited.push(await once());
  waited.sort((a, b) => a - b);
  const worst = waited.at(-1);
  isTooSlow ||= worst >= atMostMs;
  console.log(`  ${name.padEnd(26)} median ${waited[Math.floor(times / 2)].toFixed(1)}  worst ${worst.toFixed(1)}`);
}

/** How many requests auth has answered, without those for the feed and for these numbers. */
async function askedOfAuth() {
  const { body } = await auth.get('/metrics');
  return [...body.matchAll(/^http_request_duration_seconds_count\{([^}]*)\} (\d+)/gm)]
    .filter(([, labels]) => !/security-events|\/metrics|\/health/.test(labels))
    .reduce((total, [, , count]) => total + Number(count), 0);
}
const { token } = await signIn('user1');
for (const ask of Object.values(asks)) await ask(token);
const before = await askedOfAuth();
for (let count = 0; count < 1_000; count++) for (const ask of Object.values(asks)) await ask(token);
console.log(`Calls to auth for 2000 requests while nothing changes: ${(await askedOfAuth()) - before}`);

/** A hundred requests a second, with tokens of old and new keys, while the keys change every ten seconds. */
async function changeKeysUnderLoad() {
  const everywhere = [(given) => auth.get('/auth/me', { token: given }), ...Object.values(asks)];
  const statuses = {};
  const [tokens, running] = [[(await signIn('user1')).token], new Set()];
  let changes = 0;
  for (let tick = 0; tick < loadSeconds * 100; tick++) {
    const ask = everywhere[tick % everywhere.length];
    const one = ask(tokens[tick % tokens.length]).then(
      ({ status }) => (statuses[status] = (statuses[status] ?? 0) + 1),
    );
    running.add(one);
    one.finally(() => running.delete(one));
    if (tick % 1_000 === 999) {
      const { status } = await auth.post('/admin/keys/rotate', { reason: 'a measurement' }, admin);
      if (status !== 200) throw new Error(`the rotation answered ${status}`);
      changes++;
      tokens.push((await signIn(changes % 2 ? 'user2' : 'user1')).token);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(running);
  console.log(`Keys changed ${changes} times under load: answers by status ${JSON.stringify(statuses)}`);
  return Object.keys(statuses).some((status) => status !== '200');
}
const isAnybodyRefused = await changeKeysUnderLoad();

for (const each of started) await each.stop();
await rm(directory, { recursive: true });
if (isTooSlow) console.error(`A change took longer than ${atMostMs} ms.`);
if (isAnybodyRefused) console.error('Somebody was refused while keys changed.');
process.exit(isTooSlow || isAnybodyRefused ? 1 : 0);

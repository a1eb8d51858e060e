/**
 * `npm run test:mongo [-- jest options]`: the suites of `npm test` on a real MongoDB. It takes MONGODB_TEST_URI; else it starts
 * MONGOD_BINARY or the `mongod` of the PATH as a replica set of one node in a temporary directory; else it uses the package
 * mongodb-memory-server if it is installed (it is not a dependency, because it downloads a server on installation). With
 * none of them it fails: a run that tests nothing must not look like one that passed.
 */
/* global AbortController */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';

const say = (text) => console.log(`test:mongo: ${text}`);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort());

/** What was found, as `{ name, uri, stop }`, or undefined. */
async function findServer() {
  if (process.env.MONGODB_TEST_URI) {
    return { name: 'the server of MONGODB_TEST_URI', uri: process.env.MONGODB_TEST_URI, stop: async () => {} };
  }
  const binary = process.env.MONGOD_BINARY || 'mongod';
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  if (version.status === 0) return startBinary(binary, version.stdout.split('\n', 1)[0]);
  if (process.env.MONGOD_BINARY) throw new Error(`MONGOD_BINARY=${binary} cannot be run.`);
  return startDownloaded();
}

async function startBinary(binary, version) {
  const dbPath = await mkdtemp(path.join(tmpdir(), 'parley-mongod-'));
  const port = await freePort();
  const options = ['--replSet', 'rs0', '--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', dbPath];
  const server = spawn(binary, options, { stdio: 'ignore', detached: true });
  const ended = once(server, 'close');
  const stop = async () => {
    server.kill('SIGTERM');
    await ended;
    await rm(dbPath, { recursive: true, force: true });
  };
  const died = ended.then(([code]) => Promise.reject(new Error(`${binary} ended with code ${code}.`)));
  try {
    await Promise.race([initiate(port), died]);
  } catch (error) {
    await stop();
    throw error;
  }
  died.catch(() => {});
  return { name: `${binary} (${version})`, uri: `mongodb://127.0.0.1:${port}/?replicaSet=rs0`, stop };
}

/** Makes the one node a replica set, because the services use transactions; returns when it accepts writes. */
async function initiate(port) {
  const direct = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  const members = [{ _id: 0, host: `127.0.0.1:${port}` }];
  await direct.db('admin').command({ replSetInitiate: { _id: 'rs0', members } });
  await direct.close();
  const whole = new MongoClient(`mongodb://127.0.0.1:${port}/?replicaSet=rs0`);
  await whole.db('admin').command({ ping: 1 }, { readPreference: 'primary' });
  await whole.close();
}

async function startDownloaded() {
  const found = await import('mongodb-memory-server').catch((error) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  });
  if (!found) return undefined;
  const server = await found.MongoMemoryReplSet.create({ replSet: { count: 1 } });
  return { name: 'the mongod of mongodb-memory-server', uri: server.getUri(), stop: () => server.stop() };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function runSuites(uri, options) {
  const suites = spawn('npm', ['test', '--', ...options], {
    stdio: 'inherit',
    env: { ...process.env, MONGODB_TEST_URI: uri },
    signal: stopping.signal,
  });
  const [code] = await once(suites, 'close').catch(() => [1]);
  return code ?? 1;
}

try {
  const server = await findServer();
  if (server) {
    say(`the suites run on ${server.name}`);
    process.exitCode = await runSuites(server.uri, process.argv.slice(2)).finally(server.stop);
  } else {
    say('there is no MongoDB to test on. Set MONGODB_TEST_URI to a replica set, or MONGOD_BINARY to a mongod,');
    say('or put mongod on the PATH, or run `npm install --no-save mongodb-memory-server`.');
    process.exitCode = 2;
  }
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

import { plain } from '../bson/show.js';
import { Timestamp } from 'bson';
import { doc, isDoc, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import type { Server } from '../server.js';
import type { Command, CommandContext } from './command.js';

export const VERSION = '8.0.0';
export const MAX_MESSAGE_BYTES = 48_000_000;

/** What every server of MongoDB answers a client that says hello: here, the one primary of a set of one. */
function helloReply(server: Server, legacy: boolean): Doc {
  const host = server.replicaSet.host;
  return doc({
    ...(legacy ? { ismaster: true } : { isWritablePrimary: true }),
    helloOk: true,
    hosts: [host],
    setName: 'rs0',
    setVersion: 1,
    secondary: false,
    primary: host,
    me: host,
    electionId: server.electionId,
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: 100_000,
    localTime: new Date(server.clock.now()),
    logicalSessionTimeoutMinutes: 30,
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion: 25,
    readOnly: false,
  });
}

const hello = (legacy: boolean): Command => ({
  fields: 'any',
  run(body, { server, connection }) {
    connection.appName ??= appNameOf(body);
    return helloReply(server, legacy);
  },
});

function appNameOf(body: Doc): string | undefined {
  const client = body.get('client');
  const application = isDoc(client) ? client.get('application') : undefined;
  return isDoc(application) ? plain(application.get('name')) : undefined;
}

const fixed = (answer: (context: CommandContext) => Doc): Command => ({
  fields: 'any',
  run: (_body, context) => answer(context),
});

const buildInfo = (): Doc =>
  doc({
    version: VERSION,
    gitVersion: 'embedded',
    modules: [],
    versionArray: [8, 0, 0, 0],
    bits: 64,
    debug: false,
    maxBsonObjectSize: 16 * 1024 * 1024,
    storageEngines: ['lmdb'],
  });

const PARAMETERS: Readonly<Record<string, Value>> = {
  featureCompatibilityVersion: doc({ version: '8.0' }),
  transactionLifetimeLimitSeconds: 60,
};

const getParameter: Command = {
  fields: 'any',
  run(body) {
    const known = Object.entries(PARAMETERS).filter(([name]) => body.has(name) || body.get('getParameter') === '*');
    if (known.length === 0) throw new MongoError('InvalidOptions', 'no option found to get');
    return doc(Object.fromEntries(known));
  },
};

const replSetInitiate: Command = {
  fields: 'any',
  writes: true,
  run(body, { server }) {
    const config = body.get('replSetInitiate');
    const members = isDoc(config) ? config.get('members') : undefined;
    const id = isDoc(config) ? (config.get('_id') ?? 'rs0') : 'rs0';
    if (id !== 'rs0')
      throw new MongoError('InvalidReplicaSetConfig', `the replica set is called rs0 here, not ${plain(id)}`);
    if (Array.isArray(members) && members.length !== 1)
      throw new MongoError('InvalidReplicaSetConfig', 'there is exactly one member here');
    const host = Array.isArray(members) && isDoc(members[0]) ? members[0].get('host') : undefined;
    server.replicaSet.initiate(typeof host === 'string' ? host : undefined);
    return doc();
  },
};

const replSetGetStatus: Command = {
  fields: 'any',
  run(_body, { server }) {
    server.replicaSet.requireInitiated();
    const member = doc({ _id: 0, name: server.replicaSet.host, health: 1, state: 1, stateStr: 'PRIMARY', self: true });
    return doc({ set: 'rs0', date: new Date(server.clock.now()), myState: 1, term: 1n, members: [member] });
  },
};

const replSetGetConfig: Command = {
  fields: 'any',
  run(_body, { server }) {
    server.replicaSet.requireInitiated();
    return doc({
      config: doc({ _id: 'rs0', version: 1, members: [doc({ _id: 0, host: server.replicaSet.host })] }),
    });
  },
};

export const HANDSHAKE_COMMANDS: Readonly<Record<string, Command>> = {
  hello: hello(false),
  isMaster: hello(true),
  ismaster: hello(true),
  ping: fixed(() => doc()),
  buildInfo: fixed(buildInfo),
  buildinfo: fixed(buildInfo),
  getParameter,
  getCmdLineOpts: fixed(() => doc({ argv: ['embedded-mongo'], parsed: doc() })),
  connectionStatus: fixed(() => doc({ authInfo: doc({ authenticatedUsers: [], authenticatedUserRoles: [] }) })),
  hostInfo: fixed(({ server }) =>
    doc({
      system: doc({ currentTime: new Date(server.clock.now()), hostname: server.replicaSet.host }),
      os: doc(),
      extra: doc(),
    }),
  ),
  whatsmyuri: fixed(() => doc({ you: '127.0.0.1:0' })),
  getLog: fixed(() => doc({ totalLinesWritten: 0, log: [] })),
  serverStatus: fixed(({ server }) =>
    doc({
      host: server.replicaSet.host,
      version: VERSION,
      process: 'embedded-mongo',
      localTime: new Date(server.clock.now()),
      operationTime: new Timestamp({ t: Math.floor(server.clock.now() / 1000), i: 1 }),
    }),
  ),
  replSetInitiate,
  replSetGetStatus,
  replSetGetConfig,
};

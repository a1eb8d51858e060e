import { Binary, UUID } from 'bson';
import { doc, type Doc, type Maybe } from '../bson/value.js';
import { typeMismatch } from '../errors/mongo-error.js';
import type { Command } from './command.js';

function idsOf(body: Doc, name: string): Maybe[] {
  const list = body.get(name);
  if (!Array.isArray(list)) throw typeMismatch(`BSON field '${name}' is the wrong type, expected type 'array'`);
  return list;
}

export const SESSION_COMMANDS: Readonly<Record<string, Command>> = {
  startSession: {
    fields: [],
    run: () => doc({ id: doc({ id: new Binary(new UUID().buffer, Binary.SUBTYPE_UUID) }), timeoutMinutes: 30 }),
  },
  endSessions: {
    fields: [],
    run(body, { server }) {
      for (const lsid of idsOf(body, 'endSessions')) server.sessions.end(lsid);
      return doc();
    },
  },
  refreshSessions: {
    fields: [],
    run(body, { server }) {
      for (const lsid of idsOf(body, 'refreshSessions')) server.sessions.use(lsid);
      return doc();
    },
  },
  killSessions: {
    fields: [],
    run(body, { server }) {
      const lsids = idsOf(body, 'killSessions');
      server.sessions.kill(lsids.length > 0 ? lsids : undefined);
      return doc();
    },
  },
  killAllSessions: {
    fields: [],
    run(body, { server }) {
      idsOf(body, 'killAllSessions');
      server.sessions.kill();
      return doc();
    },
  },
};

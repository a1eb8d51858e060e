import { getConnectionToken } from '@nestjs/mongoose';
import { testDatabases, type TestService } from '@parley/testing';
import type { CommandStartedEvent, Document } from 'mongodb';
import type { Connection } from 'mongoose';

/** Databases whose driver tells of each command that it sends. */
export function monitoredDatabases(): ReturnType<typeof testDatabases> {
  const { uri, ...databases } = testDatabases();
  const start = /^[^/]+\/\/[^/]+$/.test(uri) ? '/?' : uri.includes('?') ? '&' : '?';
  return { ...databases, uri: `${uri}${start}monitorCommands=true` };
}

/** @returns the commands that an instance sends to its database while `work` runs */
export async function commandsOf(instance: TestService, work: () => Promise<unknown>): Promise<Document[]> {
  const client = instance.app.get<Connection>(getConnectionToken(), { strict: false }).getClient();
  const commands: Document[] = [];
  const note = ({ command }: CommandStartedEvent) => void commands.push(command);
  client.on('commandStarted', note);
  await work();
  client.off('commandStarted', note);
  return commands;
}

import { getConnectionToken } from '@nestjs/mongoose';
import { testDatabases, type TestService } from '@parley/testing';
import type { CommandStartedEvent } from 'mongodb';
import type { Connection } from 'mongoose';

/** For an installation whose driver tells of each command that it sends. */
export function monitoredDatabase(): { MONGODB_URI: string } {
  const { uri } = testDatabases();
  return { MONGODB_URI: `${uri}${uri.includes('?') ? '&' : '?'}monitorCommands=true` };
}

/** What is read and written all the time, or some time later, whoever asks for what. */
const background = ['security_events', 'signing_keys', 'audit_entries', 'account_requests', 'mail_outbox', 'errands'];

/** @returns the commands that a service sends to its database while `work` runs, in no order: `find users` */
export async function commandsOf(service: TestService, work: () => Promise<unknown>): Promise<string[]> {
  const client = service.app.get<Connection>(getConnectionToken(), { strict: false }).getClient();
  const commands: string[] = [];
  const note = ({ commandName, command }: CommandStartedEvent) => {
    const collection = String(command[commandName]);
    if (!background.includes(collection)) commands.push(`${commandName} ${collection}`);
  };
  client.on('commandStarted', note);
  await work();
  client.off('commandStarted', note);
  return commands.sort();
}

import { once } from 'node:events';
import { createServer } from 'node:net';
import { portVariable, serviceNames, type StartSettings, StartRefused } from './settings.js';

/** Fails before anything is started, with one sentence for every port that is not free. */
export async function requireFreePorts({ host, ports }: StartSettings): Promise<void> {
  const faults: string[] = [];
  for (const [index, name] of serviceNames.entries()) {
    const twin = serviceNames.slice(0, index).find((other) => ports[other] === ports[name]);
    if (twin) faults.push(`${portVariable(name)} and ${portVariable(twin)} are both ${ports[name]}.`);
    else if (await isTaken(host, ports[name])) {
      faults.push(
        `Port ${ports[name]} on ${host}, for ${name}, is taken by another program; ` +
          `stop that one or set ${portVariable(name)} to a free port.`,
      );
    }
  }
  if (faults.length > 0) throw new StartRefused(faults.join('\n'));
}

async function isTaken(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return true;
    throw new StartRefused(`Cannot listen on ${host}:${port}: ${message}`);
  }
  server.close();
  await once(server, 'close');
  return false;
}

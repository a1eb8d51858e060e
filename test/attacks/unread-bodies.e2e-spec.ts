import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Parley, startParley } from '../parley.js';
import { documentedRoutes, isClosed, type Route } from './documented-routes.js';

describe('a body without a credential', () => {
  let parley: Parley;
  let routes: Route[];

  beforeAll(async () => {
    parley = await startParley();
    routes = await documentedRoutes(parley);
  });
  afterAll(() => parley.stop());

  /** The status of the answer to headers alone; the body that they announce never comes. */
  const statusOf = async ({ service, method, path }: Route): Promise<string | undefined> => {
    const socket = connect(Number(new URL(parley[service].baseUrl).port), '127.0.0.1');
    const target = path.replaceAll(/\{[^}]+\}/g, 'no-such-id');
    const headers = 'host: localhost\r\ncontent-type: application/json\r\ncontent-length: 30000\r\n';
    socket.write(`${method.toUpperCase()} ${target} HTTP/1.1\r\n${headers}\r\n`);
    const [data] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return /^HTTP\/1\.1 (\d{3})/.exec(data.toString())?.[1];
  };

  it('[attack 118] is not waited for on any route that needs one', async () => {
    const closed = routes.filter((route) => isClosed(route) && route.takesBody);
    expect(closed.length).toBeGreaterThan(8);
    const answers = await Promise.all(closed.map(async (route) => [route.method, route.path, await statusOf(route)]));
    expect(answers.filter(([, , status]) => status !== '401')).toEqual([]);
  });
});

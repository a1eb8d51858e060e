import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { DomainError } from '../errors/domain-error.js';
import { ServiceClient } from './service-client.js';

describe('ServiceClient', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  const clientOf = async (answer: RequestListener): Promise<ServiceClient> => {
    server = createServer(answer);
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return new ServiceClient('ledger', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  };
  const unavailable = (retryAfterSeconds = 2) => ({
    code: 'ledger_unavailable',
    status: 503,
    extras: expect.objectContaining({ retryAfterSeconds }),
  });

  it('sends JSON and reads the answer, refusals included', async () => {
    const client = await clientOf((request, response) => {
      const { method, url, headers } = request;
      request.on('data', (body: Buffer) => {
        const heard = { method, url, type: headers['content-type'], own: headers['x-own'], body: body.toString() };
        response.writeHead(402, { 'content-type': 'application/json' }).end(JSON.stringify(heard));
      });
    });
    const answer = await client.call('/holds', { method: 'POST', headers: { 'x-own': '1' }, body: { a: 1 } });
    const heard = { method: 'POST', url: '/holds', type: 'application/json', own: '1', body: '{"a":1}' };
    expect(answer).toEqual({ status: 402, body: heard });
  });

  it('reads an empty answer', async () => {
    const client = await clientOf((_request, response) => void response.writeHead(204).end());
    expect(await client.call('/holds')).toEqual({ status: 204, body: undefined });
  });

  it('is unavailable when nobody listens', async () => {
    const client = await clientOf(() => undefined);
    await new Promise((resolve) => server!.close(resolve));
    await expect(client.call('/holds')).rejects.toMatchObject(unavailable());
  });

  it.each<[string, RequestListener]>([
    ['answers with 500', (_request, response) => void response.writeHead(500).end('{}')],
    ['sends what is not JSON', (_request, response) => void response.writeHead(200).end('<html>')],
    ['sends somebody elsewhere', (_request, response) => void response.writeHead(302, { location: '/other' }).end()],
    ['breaks off', (_request, response) => void response.destroy()],
  ])('is unavailable when the service %s', async (_what, answer) => {
    const client = await clientOf(answer);
    await expect(client.call('/holds')).rejects.toMatchObject(unavailable());
  });

  it('[attack 105] has nothing of an answer that cannot be read in what goes to the log', async () => {
    const client = await clientOf((_request, response) => void response.writeHead(200).end('secret-token'));
    const refusal = await client.call('/oauth/token').catch((error: unknown) => error as DomainError);
    expect((refusal as DomainError).extras.cause).toBe('12 characters came that are not JSON');
  });

  it('passes on when the service wants to be asked again', async () => {
    const client = await clientOf(
      (_request, response) => void response.writeHead(503, { 'retry-after': '9' }).end('{}'),
    );
    await expect(client.call('/holds')).rejects.toMatchObject(unavailable(9));
  });

  it('hands on with a refusal when to come back', async () => {
    const client = await clientOf(
      (_request, response) => void response.writeHead(429, { 'retry-after': '3' }).end('{}'),
    );
    expect(await client.call('/holds')).toEqual({ status: 429, body: {}, retryAfterSeconds: 3 });
  });
});

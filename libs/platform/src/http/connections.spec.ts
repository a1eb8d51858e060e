import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Post, Res } from '@nestjs/common';
import { captureLogs, type Gate, newGate, startTestService, type TestService, tinyService } from '@parley/testing';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Public } from '../access/access-rule.js';
import type { ConnectionLimits } from './connections.js';

let running: Gate;

@Public()
@Controller('things')
class ThingsController {
  @Post()
  create(@Body({ schema: z.unknown() }) body: unknown) {
    return body;
  }

  @Get('slow')
  async slow() {
    await running.pass();
    return {};
  }

  /** Streams for as long as the test likes, like an answer of a model. */
  @Get('stream')
  async stream(@Res() reply: FastifyReply) {
    reply.hijack();
    reply.raw.writeHead(200).write('first');
    await running.pass();
    reply.raw.end('last');
  }
}

describe('the connections of a service', () => {
  const { logger } = captureLogs();
  let service: TestService;
  const sockets: Socket[] = [];

  const start = async (connections: Partial<ConnectionLimits> = {}) => {
    running = newGate();
    service = await startTestService(tinyService(logger, [ThingsController]), logger, { connections });
  };
  afterEach(async () => {
    running.release();
    for (const socket of sockets.splice(0)) socket.destroy();
    await service.close();
  });

  const server = () => service.app.getHttpServer();
  const open = async (): Promise<Socket> => {
    const accepted = once(server(), 'connection');
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await accepted;
    return socket;
  };
  /** What a connection has said when it is closed. */
  const saidAtTheEnd = async (socket: Socket): Promise<string> => {
    let said = '';
    socket.on('data', (data: Buffer) => (said += data.toString()));
    await once(socket, 'close');
    return said;
  };
  const post = 'POST /things HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

  it('[attack 118] have thirty seconds for a request, headers and body', async () => {
    await start();
    const { requestTimeout, headersTimeout, keepAliveTimeout, timeout } = server();
    expect({ requestTimeout, headersTimeout, keepAliveTimeout }).toEqual({
      requestTimeout: 25_000,
      headersTimeout: 25_000,
      keepAliveTimeout: 72_000,
    });
    // Silence is no reason to close: a model may think for a minute.
    expect(timeout).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['a part of its headers', post],
    ['a part of its body', `${post}content-length: 10\r\n\r\n{`],
    ['an endless body in chunks', `${post}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`],
  ])('[attack 36, 118] are closed when a request does not arrive in time: %s came', async (_, sent) => {
    await start({ receiveMs: 50, checkMs: 10 });
    const socket = await open();
    socket.write(sent);
    const said = await saidAtTheEnd(socket);
    expect(said).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(said).toContain('content-type: application/problem+json');
    expect(JSON.parse(said.split('\r\n\r\n')[1]!)).toMatchObject({ status: 408, code: 'request_timeout' });
  });

  it('[attack 118] stay open while an answer takes longer than a request may', async () => {
    await start({ receiveMs: 50, checkMs: 10 });
    const streaming = service.http.open('GET', '/things/stream');
    await running.reached;
    const slow = await open();
    slow.write(post);
    await saidAtTheEnd(slow);
    running.release();
    expect(await (await streaming).text()).toBe('firstlast');
  });

  it('[attack 118] lose nothing of an answer that has begun when the client then sends garbage', async () => {
    await start();
    const socket = await open();
    socket.write('GET /things/stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await running.reached;
    socket.write('\u0000garbage\r\n\r\n');
    const said = await saidAtTheEnd(socket);
    expect(said.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(said).toContain('first');
  });

  it('[attack 118] make room for an honest request when a thousand wait: the oldest go', async () => {
    await start({ maxWaiting: 3 });
    const idle = [await open(), await open(), await open()];
    const closed = once(idle[0]!, 'close');
    expect((await service.http.post('/things', { honest: true })).status).toBe(201);
    await closed;
    expect(idle.map(({ closed }) => closed)).toEqual([true, false, false]);
  });

  it('[attack 118] that have sent a part of a body wait as well, and those that are being answered do not', async () => {
    await start({ maxWaiting: 2 });
    const busy = service.http.open('GET', '/things/slow');
    await running.reached;
    const slow = await open();
    slow.write(`${post}content-length: 10\r\n\r\n{`);
    await once(server(), 'request');
    const closed = once(slow, 'close');
    await open();
    await open();
    await closed;
    running.release();
    expect((await busy).status).toBe(200);
  });

  it('[attack 118] are bounded in total', async () => {
    await start({ maxOpen: 1 });
    const busy = service.http.open('GET', '/things/slow');
    await running.reached;
    const second = await open();
    second.resume();
    await once(second, 'close');
    running.release();
    expect((await busy).status).toBe(200);
  });

  it.each([
    ['400', 'malformed_request', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['431', 'headers_too_large', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('answer what is no request with a problem: %s %s', async (status, code, sent) => {
    await start();
    const socket = await open();
    socket.write(sent);
    const said = await saidAtTheEnd(socket);
    expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(said.split('\r\n\r\n')[1]!)).toMatchObject({ status: Number(status), code });
  });
});

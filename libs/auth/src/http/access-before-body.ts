import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { BeforeBody } from '@parley/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessGuard } from './access.guard.js';
import { Routes } from './routes.js';

/** Whether a body follows the headers (RFC 9112, 6.3). */
const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;

/**
 * Asks the guard also before a body is read, so that nobody makes a service read and parse one that it will refuse. Nest asks
 * it again when the body is there, because rights may have been taken away while it came.
 */
@Injectable()
export class AccessBeforeBody implements OnModuleInit {
  constructor(
    private readonly routes: Routes,
    private readonly guard: AccessGuard,
    private readonly beforeBody: BeforeBody,
  ) {}

  onModuleInit(): void {
    this.beforeBody.register((request, reply) => this.ask(request, reply));
  }

  private async ask(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!hasBody(request)) return;
    const { url } = request.routeOptions;
    const route = url === undefined ? undefined : this.routes.find(request.method, url);
    // What no controller answers has no guard either: an unknown route, or the pages about the API.
    if (!route) return;
    await this.guard.admitBeforeBody(new ExecutionContextHost([request, reply], route.controller, route.handler));
  }
}

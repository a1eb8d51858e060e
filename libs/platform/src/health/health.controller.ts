import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/access-rule.js';
import { PLATFORM_OPTIONS, type PlatformOptions } from '../config/platform-options.js';
import { Readiness } from './readiness.js';

@Public()
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    @Inject(PLATFORM_OPTIONS) private readonly options: PlatformOptions,
    private readonly readiness: Readiness,
  ) {}

  @Get()
  @ApiOperation({ summary: 'That the service is up, and which one it is' })
  @ApiOkResponse({ description: '`{status: "ok", service}`' })
  summary() {
    return { status: 'ok', service: this.options.service };
  }

  @Get('live')
  @ApiOperation({ summary: 'That the process answers' })
  @ApiOkResponse({ description: '`{status: "ok"}`' })
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether everything it needs is there; 503 names what is missing' })
  @ApiOkResponse({ description: '`{status, missing: []}`' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const missing = await this.readiness.missing();
    if (missing.length > 0) reply.code(503).header('retry-after', '2');
    return { status: missing.length === 0 ? 'ready' : 'not_ready', missing };
  }
}

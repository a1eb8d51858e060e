import { Controller, Header, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { setCookies } from '../devices/cookies.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import { type AnonymousAnswer, anonymousAnswer, noQuery } from './anonymous-sign-in.dto.js';
import { AnonymousSignIn } from './anonymous-sign-in.service.js';

@ApiTags('sign-in')
@Controller('auth/anonymous')
export class AnonymousSignInController {
  constructor(private readonly signIn: AnonymousSignIn) {}

  @Post()
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Come in without an account',
    description:
      'The cookie `__Host-anon` names the visitor; whoever sends none, or one that is not ours, is a new one.',
  })
  @ApiCreatedResponse({
    standardSchema: anonymousAnswer,
    description: 'An access token with few rights, and the cookie',
  })
  @ApiProblems({ 400: ['unknown_field'], 403: ['anonymous_off'], 429: ['too_many_visitors'] })
  async enter(
    @CurrentDevice() device: Device,
    @Query({ schema: noQuery }) _nothing: Record<string, never>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnonymousAnswer> {
    const { answer, cookie } = await this.signIn.enter(device);
    setCookies(reply, [cookie]);
    return answer;
  }
}

import { Body, Controller, Header, HttpCode, Ip, Param, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Public, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { userId } from '../users/users.dto.js';
import { type UnlockLink, unlockLink } from './account-unlocks.dto.js';
import { AccountUnlocks } from './account-unlocks.service.js';

@Controller()
export class AccountUnlocksController {
  constructor(private readonly unlocks: AccountUnlocks) {}

  @Post('users/:id/unlock')
  @RequirePermission('users', 'unlock')
  @HttpCode(204)
  @ApiTags('users')
  @ApiOperation({
    summary: 'End the wait after many wrong passwords for an account',
    description: 'Lets nobody in. Known devices and those who are signed in never had to wait.',
  })
  @ApiNoContentResponse({ description: 'The next password is looked at at once' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['user_not_found'] })
  async byStaff(
    @CurrentUser() { userId: actor }: UserPrincipal,
    @Param('id', { schema: userId }) id: string,
    @Ip() ipAddress: string,
  ): Promise<void> {
    await this.unlocks.byStaff(actor, id, ipAddress);
  }

  @Post('auth/unlock')
  @Public()
  @HttpCode(204)
  @Header('cache-control', 'no-store')
  @ApiTags('accounts')
  @ApiOperation({ summary: 'End the wait after many wrong passwords, by the token that was mailed' })
  @ApiNoContentResponse({ description: 'Sign in now' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json', 'token_invalid'],
    404: ['user_not_found'],
    410: ['token_expired', 'token_used'],
    429: ['too_many_attempts'],
  })
  async byLink(@Body({ schema: unlockLink }) { token }: UnlockLink, @Ip() ipAddress: string): Promise<void> {
    await this.unlocks.byLink(token, ipAddress);
  }
}

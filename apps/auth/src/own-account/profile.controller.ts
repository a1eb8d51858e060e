import { Body, Controller, Delete, Header, HttpCode, Post, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Public, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { CurrentDevice, type Device } from '../devices/device.js';
import { toUserDto, type UserDto, userDto } from '../users/users.dto.js';
import {
  type Deactivation,
  deactivation,
  type Done,
  done,
  type MailedToken,
  mailedTokenOnly,
  type PasswordChangeDto,
  passwordChange,
  type ProfileChange,
  profileChange,
} from './own-account.dto.js';
import { OwnAccountService } from './own-account.service.js';

const badBody = ['validation_failed', 'unknown_field', 'malformed_json'];
const passwordChecked = {
  403: ['password_incorrect', 'reauthentication_required'],
  429: ['too_many_attempts'],
  503: ['password_checks_busy'],
};

@ApiTags('me')
@Controller('auth')
export class ProfileController {
  constructor(private readonly account: OwnAccountService) {}

  @Put('me')
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Change your name or the language of your mails' })
  @ApiOkResponse({ standardSchema: userDto, description: 'You' })
  @ApiProblems({ 400: badBody })
  async change(
    @CurrentUser() { userId }: UserPrincipal,
    @Body({ schema: profileChange }) change: ProfileChange,
  ): Promise<UserDto> {
    return toUserDto(await this.account.changeProfile(userId, change));
  }

  @Delete('me')
  @SignedIn()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Deactivate your account',
    description: 'Every login session ends. For 30 days a mailed link brings the account back.',
  })
  @ApiOkResponse({ standardSchema: done, description: 'It is deactivated' })
  @ApiProblems({ 400: badBody, 409: ['last_administrator'], ...passwordChecked })
  async deactivate(
    @CurrentUser() principal: UserPrincipal,
    @Body({ schema: deactivation }) { password }: Deactivation,
    @CurrentDevice() device: Device,
  ): Promise<Done> {
    await this.account.deactivate(principal, password, device);
    return { message: 'Account deactivated successfully' };
  }

  @Post('restore')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Bring a deactivated account back, by the token that was mailed' })
  @ApiOkResponse({ standardSchema: done, description: 'You can sign in again' })
  @ApiProblems({
    400: [...badBody, 'token_invalid'],
    409: ['account_not_deactivated'],
    410: ['token_expired', 'token_used'],
    429: ['too_many_attempts'],
  })
  async restore(
    @Body({ schema: mailedTokenOnly }) { token }: MailedToken,
    @CurrentDevice() device: Device,
  ): Promise<Done> {
    await this.account.restore(token, device);
    return { message: 'Account restored' };
  }

  @Post('change-password')
  @SignedIn()
  @HttpCode(204)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Change your password', description: 'Every other login session ends.' })
  @ApiNoContentResponse({ description: 'It is changed' })
  @ApiProblems({
    400: [...badBody, 'password_too_short', 'password_too_long', 'password_common', 'password_contextual'],
    ...passwordChecked,
  })
  async changePassword(
    @CurrentUser() principal: UserPrincipal,
    @Body({ schema: passwordChange }) change: PasswordChangeDto,
    @CurrentDevice() device: Device,
  ): Promise<void> {
    await this.account.changePassword(principal, change, device);
  }
}

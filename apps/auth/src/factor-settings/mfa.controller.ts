import { Body, Controller, Delete, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RecentlyAuthenticated, SignedIn } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { type Actor, Actors, CurrentActor } from '../second-factors/actor.js';
import { recentSeconds } from '../second-factors/second-factors.js';
import { type RecoveryCodes, recoveryCodes, type TotpSecret, totpSecret } from '../second-factors/totp.dto.js';
import { TotpSetUp } from '../second-factors/totp-set-up.js';
import { type FactorSettings, factorSettings, type TotpConfirmation, totpConfirmation } from './factor-settings.dto.js';
import { FactorSettingsService } from './factor-settings.service.js';

@ApiTags('second factors')
@Controller('auth/mfa')
export class MfaController {
  constructor(
    private readonly settings: FactorSettingsService,
    private readonly setUp: TotpSetUp,
    private readonly actors: Actors,
  ) {}

  @Get()
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Which second factors you have set up, and how many recovery codes are left' })
  @ApiOkResponse({ standardSchema: factorSettings, description: 'Your second factors' })
  async read(@CurrentActor() actor: Actor): Promise<FactorSettings> {
    const { user } = await this.actors.of(actor);
    return this.settings.read(user);
  }

  @Post('totp')
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Begin to set up an authenticator app',
    description: 'One that is set up already stays in force until the new one is confirmed.',
  })
  @ApiCreatedResponse({ standardSchema: totpSecret, description: 'The secret, to be confirmed by a code' })
  async begin(@CurrentActor() actor: Actor): Promise<TotpSecret> {
    const { user } = await this.actors.of(actor);
    return this.setUp.begin(user);
  }

  @Post('totp/confirm')
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Confirm the authenticator app by its first code', description: 'Your other sessions end.' })
  @ApiOkResponse({ standardSchema: recoveryCodes, description: 'It is set up; keep these codes' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json', 'invalid_code'],
    409: ['totp_not_begun'],
    429: ['too_many_attempts'],
  })
  async confirm(
    @CurrentActor() actor: Actor,
    @Body({ schema: totpConfirmation }) { code }: TotpConfirmation,
  ): Promise<RecoveryCodes> {
    return this.setUp.confirm(await this.actors.of(actor), code);
  }

  @Delete('totp')
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove the authenticator app', description: 'Your other sessions end.' })
  @ApiNoContentResponse({ description: 'It is removed' })
  @ApiProblems({ 404: ['totp_not_enabled'], 409: ['factor_required'] })
  async disable(@CurrentActor() actor: Actor): Promise<void> {
    await this.settings.disableTotp(await this.actors.of(actor));
  }

  @Post('recovery-codes')
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Make new recovery codes; the old ones are void' })
  @ApiCreatedResponse({ standardSchema: recoveryCodes, description: 'Ten codes' })
  @ApiProblems({ 409: ['factor_missing'] })
  async renew(@CurrentActor() actor: Actor): Promise<RecoveryCodes> {
    return this.settings.renewRecoveryCodes(await this.actors.of(actor));
  }
}

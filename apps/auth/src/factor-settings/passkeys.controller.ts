import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RecentlyAuthenticated, SignedIn } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { ceremonyOptions, toPasskeyDto } from '../passkeys/passkeys.dto.js';
import { PasskeysService } from '../passkeys/passkeys.service.js';
import { type Actor, Actors, CurrentActor } from '../second-factors/actor.js';
import { recentSeconds } from '../second-factors/second-factors.js';
import {
  type AddedPasskey,
  addedPasskey,
  type NewPasskey,
  newPasskey,
  passkeyId,
  type PasskeyList,
  passkeyList,
} from './factor-settings.dto.js';
import { FactorSettingsService } from './factor-settings.service.js';

@ApiTags('second factors')
@Controller('auth/passkeys')
export class PasskeysController {
  constructor(
    private readonly settings: FactorSettingsService,
    private readonly passkeys: PasskeysService,
    private readonly actors: Actors,
  ) {}

  @Get()
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Your passkeys, oldest first' })
  @ApiOkResponse({ standardSchema: passkeyList, description: 'All of them' })
  async list(@CurrentActor() { userId }: Actor): Promise<PasskeyList> {
    return { data: (await this.passkeys.list(userId)).map(toPasskeyDto) };
  }

  @Post('options')
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What a page asks for to make a passkey' })
  @ApiOkResponse({ standardSchema: ceremonyOptions, description: 'For navigator.credentials.create()' })
  @ApiProblems({ 409: ['too_many_passkeys'] })
  async options(@CurrentActor() actor: Actor) {
    const { user } = await this.actors.of(actor);
    return this.passkeys.registrationOptions(user);
  }

  @Post()
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Register a passkey', description: 'Your other sessions end.' })
  @ApiCreatedResponse({ standardSchema: addedPasskey, description: 'The passkey' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json', 'passkey_refused'],
    409: ['passkey_known', 'too_many_passkeys'],
  })
  async add(@CurrentActor() actor: Actor, @Body({ schema: newPasskey }) given: NewPasskey): Promise<AddedPasskey> {
    return this.settings.addPasskey(await this.actors.of(actor), given);
  }

  @Delete(':id')
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a passkey', description: 'Your other sessions end.' })
  @ApiNoContentResponse({ description: 'It is removed' })
  @ApiProblems({
    400: ['validation_failed'],
    404: ['passkey_not_found'],
    409: ['factor_required', 'last_way_to_sign_in'],
  })
  async remove(@CurrentActor() actor: Actor, @Param('id', { schema: passkeyId }) id: string): Promise<void> {
    await this.settings.removePasskey(await this.actors.of(actor), id);
  }
}

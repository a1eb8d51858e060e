import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SignedIn } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { ceremonyOptions } from '../passkeys/passkeys.dto.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import { type Actor, Actors, CurrentActor } from '../second-factors/actor.js';
import { type FreshToken, freshToken, type Reauthentication, reauthentication } from './reauthentication.dto.js';
import { ReauthenticationService } from './reauthentication.service.js';

@ApiTags('sign-in')
@Controller('auth/reauthenticate')
export class ReauthenticationController {
  constructor(
    private readonly reauthentications: ReauthenticationService,
    private readonly actors: Actors,
  ) {}

  @Post()
  @SignedIn()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Show again who you are, before something sensitive',
    description: 'By the password, or by a second factor where one is set up.',
  })
  @ApiOkResponse({
    standardSchema: freshToken,
    description: 'An access token of the same session with a new auth_time',
  })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    403: ['reauthentication_failed', 'factor_required'],
    429: ['too_many_attempts'],
    503: ['password_checks_busy'],
  })
  async reauthenticate(
    @CurrentActor() actor: Actor,
    @CurrentDevice() device: Device,
    @Body({ schema: reauthentication }) given: Reauthentication,
  ): Promise<FreshToken> {
    return this.reauthentications.reauthenticate(await this.actors.of(actor), device, given);
  }

  @Post('passkey/options')
  @SignedIn()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What a page asks a passkey for to show again who you are' })
  @ApiOkResponse({ standardSchema: ceremonyOptions, description: 'For navigator.credentials.get()' })
  passkeyOptions(@CurrentActor() { userId }: Actor) {
    return this.reauthentications.passkeyOptions(userId);
  }
}

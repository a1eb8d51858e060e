import { Body, Controller, Header, HttpCode, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { setCookies } from '../devices/cookies.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import { clientKinds } from '../login-sessions/login-session.schema.js';
import { organizationId } from '../organizations/organizations.dto.js';
import { type LoginAnswer, loginAnswer } from '../login-sessions/login-sessions.dto.js';
import { SignIn } from '../login-sessions/sign-in.js';
import { PasskeyAssertions } from '../passkeys/passkey-assertions.js';
import { assertionResponse, ceremonyOptions, sampleAssertion } from '../passkeys/passkeys.dto.js';
import { PasskeyErrors } from '../passkeys/passkeys.errors.js';
import { UsersService } from '../users/users.service.js';

const passkeySignIn = z
  .strictObject({
    passkey: assertionResponse,
    org_id: organizationId.optional(),
    client: z.enum(clientKinds).default('browser').meta({ description: 'How the refresh token travels' }),
  })
  .meta({ id: 'PasskeySignIn', examples: [{ passkey: sampleAssertion }] });
type PasskeySignIn = z.infer<typeof passkeySignIn>;

/** Signs in by a passkey that verifies its user, which is two factors in one. */
@ApiTags('sign-in')
@Controller('auth/passkeys/sign-in')
export class PasskeySignInController {
  constructor(
    private readonly assertions: PasskeyAssertions,
    private readonly users: UsersService,
    private readonly signIn: SignIn,
  ) {}

  @Post('options')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What a page asks for to sign in by a passkey' })
  @ApiOkResponse({ standardSchema: ceremonyOptions, description: 'For navigator.credentials.get()' })
  options() {
    return this.assertions.options('sign_in', null);
  }

  @Post()
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Sign in by a passkey' })
  @ApiOkResponse({ standardSchema: loginAnswer, description: 'As POST /auth/login' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    401: ['passkey_refused', 'account_disabled', 'credential_changed'],
    403: ['email_not_verified'],
    404: ['organization_not_found'],
  })
  async logIn(
    @Body({ schema: passkeySignIn }) { passkey, org_id, client }: PasskeySignIn,
    @CurrentDevice() device: Device,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LoginAnswer> {
    const { userId, amr } = await this.assertions.check('sign_in', null, passkey);
    const user = await this.users.find(userId);
    if (!user) throw PasskeyErrors.refused();
    const { answer, cookies } = await this.signIn.complete(user, device, { amr, orgId: org_id ?? null, client });
    setCookies(reply, cookies);
    return answer;
  }
}

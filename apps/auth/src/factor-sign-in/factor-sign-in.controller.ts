import { Body, Controller, Header, HttpCode, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { setCookies } from '../devices/cookies.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import { type LoginAnswer, loginAnswer } from '../login-sessions/login-sessions.dto.js';
import { ceremonyOptions } from '../passkeys/passkeys.dto.js';
import { type TotpSecret, totpSecret } from '../second-factors/totp.dto.js';
import {
  type FactorProof,
  factorProof,
  type PendingToken,
  pendingToken,
  type SetUpAnswer,
  setUpAnswer,
  type SetUpConfirmation,
  setUpConfirmation,
} from './factor-sign-in.dto.js';
import { FactorSignInService } from './factor-sign-in.service.js';

const badBody = ['validation_failed', 'unknown_field', 'malformed_json'];

@ApiTags('sign-in')
@Controller('auth/mfa')
export class FactorSignInController {
  constructor(private readonly factorSignIn: FactorSignInService) {}

  @Post('verify')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Show the second factor that a sign-in is waiting for',
    description:
      'By a code of the authenticator app, a recovery code, or a passkey. A wrong one may be followed by another.',
  })
  @ApiOkResponse({ standardSchema: loginAnswer, description: 'As POST /auth/login' })
  @ApiProblems({
    400: badBody,
    401: ['mfa_token_invalid', 'invalid_code', 'passkey_refused', 'account_disabled', 'credential_changed'],
    403: ['email_not_verified'],
    404: ['organization_not_found'],
    429: ['too_many_attempts'],
  })
  async verify(
    @Body({ schema: factorProof }) proof: FactorProof,
    @CurrentDevice() device: Device,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LoginAnswer> {
    const { answer, cookies } = await this.factorSignIn.verify(proof, device);
    setCookies(reply, cookies);
    return answer;
  }

  @Post('passkey/options')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What a page asks a passkey for, as the second factor of a sign-in' })
  @ApiOkResponse({ standardSchema: ceremonyOptions, description: 'For navigator.credentials.get()' })
  @ApiProblems({ 400: badBody, 401: ['mfa_token_invalid'] })
  passkeyOptions(@Body({ schema: pendingToken }) { mfa_token }: PendingToken, @CurrentDevice() device: Device) {
    return this.factorSignIn.passkeyOptions(mfa_token, device);
  }

  @Post('setup')
  @Public()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Set up the authenticator app without which an administrator does not get in' })
  @ApiCreatedResponse({ standardSchema: totpSecret, description: 'The secret, to be confirmed by a code' })
  @ApiProblems({ 400: badBody, 401: ['mfa_token_invalid', 'account_disabled'], 403: ['email_not_verified'] })
  beginSetUp(
    @Body({ schema: pendingToken }) { mfa_token }: PendingToken,
    @CurrentDevice() device: Device,
  ): Promise<TotpSecret> {
    return this.factorSignIn.beginSetUp(mfa_token, device);
  }

  @Post('setup/confirm')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Confirm that authenticator app, and sign in' })
  @ApiOkResponse({ standardSchema: setUpAnswer, description: 'As POST /auth/login, with the recovery codes' })
  @ApiProblems({
    400: [...badBody, 'invalid_code'],
    401: ['mfa_token_invalid', 'account_disabled', 'credential_changed'],
    403: ['email_not_verified'],
    404: ['organization_not_found'],
    409: ['totp_not_begun'],
    429: ['too_many_attempts'],
  })
  async confirmSetUp(
    @Body({ schema: setUpConfirmation }) confirmation: SetUpConfirmation,
    @CurrentDevice() device: Device,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SetUpAnswer> {
    const { answer, cookies } = await this.factorSignIn.confirmSetUp(confirmation, device);
    setCookies(reply, cookies);
    return answer;
  }
}

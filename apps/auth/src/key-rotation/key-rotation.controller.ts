import { Body, Controller, HttpCode, Ip, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { type RotatedKeys, rotatedKeys, type RotateKeys, rotateKeys, toRotatedKeys } from './key-rotation.dto.js';
import { KeyRotationService } from './key-rotation.service.js';

@ApiTags('keys')
@Controller('admin/keys')
export class KeyRotationController {
  constructor(private readonly rotation: KeyRotationService) {}

  @Post('rotate')
  @RequirePermission('keys', 'rotate')
  @Sensitive()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Sign with another key from now on; with `revoke`, make void what the current one has signed',
  })
  @ApiOkResponse({ standardSchema: rotatedKeys, description: 'The ids of the keys after the change' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'malformed_json'], 409: ['key_rotation_conflict'] })
  async rotate(
    @CurrentUser() { userId: actor }: UserPrincipal,
    @Ip() ipAddress: string,
    @Body({ schema: rotateKeys }) { revoke = false, reason }: RotateKeys,
  ): Promise<RotatedKeys> {
    return toRotatedKeys(await this.rotation.rotate({ actor, ipAddress, reason, revoke }), revoke);
  }
}

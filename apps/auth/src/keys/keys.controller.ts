import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { type Jwks, jwks, toJwks } from './keys.dto.js';
import { SigningKeysService } from './signing-keys.service.js';

@Public()
@ApiTags('keys')
@Controller('.well-known')
export class KeysController {
  constructor(private readonly keys: SigningKeysService) {}

  @Get('jwks.json')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ summary: 'The public keys with which tokens are checked' })
  @ApiOkResponse({ standardSchema: jwks, description: 'A JSON Web Key Set (RFC 7517)' })
  read(): Jwks {
    return toJwks(this.keys.published());
  }
}

import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Clock, Public } from '@parley/platform';
import { z } from 'zod';
import { thumbprint } from '../keys/thumbprint.js';
import { VerificationKeys } from '../keys/verification-keys.js';
import { TOKEN_SETTINGS, type TokenSettings } from '../tokens/token-settings.js';

const healthConfig = z
  .object({
    service: z.string(),
    issuer: z.string(),
    /** This machine's clock. */
    now: z.string(),
    keys: z.array(z.object({ kid: z.string(), fingerprint: z.string() })),
  })
  .meta({ id: 'HealthConfig' });

/** What must be the same in all instances for them to take the same tokens. Public keys are public; nothing else is shown. */
@Public()
@ApiTags('health')
@Controller('health')
export class HealthConfigController {
  constructor(
    @Inject(TOKEN_SETTINGS) private readonly settings: TokenSettings,
    private readonly keys: VerificationKeys,
    private readonly clock: Clock,
  ) {}

  @Get('config')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Which keys this instance takes tokens of, to compare it with others' })
  @ApiOkResponse({ standardSchema: healthConfig, description: 'Ids and fingerprints (RFC 7638) of the public keys' })
  read(): z.infer<typeof healthConfig> {
    const { audience: service, issuer } = this.settings;
    const keys = this.keys.known().map(({ kid, key }) => ({ kid, fingerprint: thumbprint(key) }));
    return { service, issuer, now: this.clock.date().toISOString(), keys };
  }
}

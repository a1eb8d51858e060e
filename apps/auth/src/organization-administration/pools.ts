import { Inject, Injectable } from '@nestjs/common';
import { serviceScopes } from '@parley/contracts';
import { ServiceClient } from '@parley/platform';
import { ERRAND_TARGETS, type ErrandTargets } from '../errands/errand-kinds.js';
import { TokenSigner } from '../keys/token-signer.js';
import { OrganizationErrors } from '../organizations/organizations.errors.js';

const path = '/internal/organization-closures';
const tokenLifeSeconds = 60;

/** The credits of organisations, which are accounting's. */
@Injectable()
export class Pools {
  constructor(
    @Inject(ERRAND_TARGETS) private readonly targets: ErrandTargets,
    private readonly signer: TokenSigner,
  ) {}

  /**
   * Puts an empty pool out of use for good. May be repeated.
   * @throws DomainError `organization_has_credits` (409); `accounting_unavailable` (503) when accounting does not say
   */
  async close(orgId: string): Promise<void> {
    const service = new ServiceClient('accounting', this.targets.accounting);
    const claims = { aud: 'accounting', sub: 'svc:auth', scope: serviceScopes.usersErase };
    const { token } = this.signer.sign('service', tokenLifeSeconds, claims);
    const headers = { authorization: `Bearer ${token}` };
    const { status } = await service.call(path, { method: 'POST', headers, body: { org_id: orgId } });
    if (status === 409) throw OrganizationErrors.hasCredits();
    if (status !== 200) throw service.unavailable(`${path} answered ${status}`);
  }
}

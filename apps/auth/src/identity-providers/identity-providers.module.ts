import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { ErrandsModule } from '../errands/errands.module.js';
import { FactorSignInModule } from '../factor-sign-in/factor-sign-in.module.js';
import { LinkedIdentitiesModule } from '../linked-identities/linked-identities.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { SecondFactorsModule } from '../second-factors/second-factors.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { UsersModule } from '../users/users.module.js';
import { IdentityProvidersController } from './identity-providers.controller.js';
import { IdentityProvidersService } from './identity-providers.service.js';
import { Newcomers } from './newcomers.js';
import { OwnIdentitiesController } from './own-identities.controller.js';
import { OwnIdentities } from './own-identities.service.js';
import { ProviderClients } from './provider-clients.js';
import { LINK_OFFERS, linkOfferSchema, PROVIDER_FLOWS, providerFlowSchema } from './provider-flow.schema.js';
import { ProviderFlows } from './provider-flows.js';

@Module({
  imports: [
    MembershipsModule,
    MongooseModule.forFeature([
      { name: PROVIDER_FLOWS, schema: providerFlowSchema },
      { name: LINK_OFFERS, schema: linkOfferSchema },
    ]),
    LinkedIdentitiesModule,
    SecretsModule,
    AuditModule,
    UsersModule,
    PasswordsModule,
    SecondFactorsModule,
    FactorSignInModule,
    ErrandsModule,
  ],
  controllers: [IdentityProvidersController, OwnIdentitiesController],
  providers: [IdentityProvidersService, ProviderClients, ProviderFlows, Newcomers, OwnIdentities],
})
export class IdentityProvidersModule {}

import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { type Organization, ORGANIZATIONS, personalKey } from '../organizations/organization.schema.js';
import { OrganizationFounding } from './organization-founding.js';

/** The organisation that every user has of their own. Whoever stores a user asks for it in the same transaction. */
@Injectable()
export class PersonalOrganizations {
  constructor(
    @InjectModel(ORGANIZATIONS) private readonly organizations: Model<Organization>,
    private readonly founding: OrganizationFounding,
  ) {}

  /** For a new user. It is named like nobody: people's names would have to be erased with them. */
  async foundFor(userId: string, session: ClientSession): Promise<Organization> {
    return this.founding.found(
      { name: 'Personal', name_key: personalKey(userId), kind: 'personal', founderId: userId },
      session,
    );
  }

  /** For somebody who may be from before there were organisations. Of two who find it missing at once, one runs again and finds it. */
  async ensure(userId: string, session: ClientSession): Promise<void> {
    const known = await this.organizations.exists({ name_key: personalKey(userId) }).session(session);
    if (!known) await this.foundFor(userId, session);
  }
}

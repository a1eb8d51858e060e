import { expect } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { inTransaction, newId } from '@parley/platform';
import type { HttpAnswer, TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import { invitationTokenHash } from '../src/invitations/invitation-token.js';
import type { Invitation } from '../src/invitations/invitation.schema.js';
import type { Membership } from '../src/memberships/membership.schema.js';
import { OrganizationFounding } from '../src/memberships/organization-founding.js';
import type { Role } from '../src/roles/role.schema.js';
import type { User } from '../src/users/user.schema.js';
import { mailedToken } from './mailbox.js';
import { person, type Person, signIn } from './people.js';

let count = 0;
export const password = 'a walk along the harbour';

/** An address that nobody was invited at before. */
export const newAddress = (): string => `guest${++count}@example.com`;
export const seen = ({ status, body }: HttpAnswer) => [status, body.code];

export function expectProblem(answer: HttpAnswer, status: number, code: string): void {
  expect(seen(answer)).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({ request_id: expect.any(String) });
}

/** A team whose owner and members can invite, or may not. */
export class InvitationScene {
  readonly roles = new Map<string, string>();
  private constructor(
    readonly auth: TestService,
    readonly connection: Connection,
    readonly orgId: string,
    readonly owner: Person,
  ) {}

  static async found(auth: TestService, name = `Team ${++count}`): Promise<InvitationScene> {
    const owner = await person(auth, `owner${++count}`);
    const connection: Connection = auth.app.get(getConnectionToken(), { strict: false });
    const founding = auth.app.get(OrganizationFounding, { strict: false });
    const wanted = { name, name_key: `team:${count}`, kind: 'team' as const, founderId: owner.id };
    const { _id } = await inTransaction(connection, (session) => founding.found(wanted, session));
    const scene = new InvitationScene(auth, connection, _id, owner);
    const roles = await connection.collection<Role>('roles').find({ org_id: _id }).toArray();
    for (const role of roles) scene.roles.set(role.name, role._id);
    return scene;
  }

  collection = <Kind extends object>(name: string) => this.connection.collection<Kind>(name);

  /** Somebody with an account, who is in no team. */
  stranger = (change: Partial<User> = {}): Promise<Person> => person(this.auth, `someone${++count}`, change);

  async member(role: string): Promise<Person> {
    const who = await this.stranger();
    const now = new Date();
    await this.collection<Membership>('memberships').insertOne({
      ...{ _id: newId('mem'), org_id: this.orgId, user_id: who.id, role_id: this.roles.get(role)!, status: 'active' },
      ...{ mv: 1, added_by: this.owner.id, created_at: now, updated_at: now },
    });
    return who;
  }

  async addRole(name: string, hierarchy_level: number, permissions: string[]): Promise<string> {
    const _id = newId('role');
    const now = new Date();
    await this.collection<Role>('roles').insertOne({
      ...{ _id, org_id: this.orgId, name, name_key: name.toLowerCase(), description: '', hierarchy_level },
      ...{ is_system_role: false, permissions, models: null, rv: 1, created_at: now, updated_at: now },
    });
    this.roles.set(name, _id);
    return _id;
  }

  invite = (email: string, role = 'Member', { token }: { token: string } = this.owner, change: object = {}) =>
    this.auth.http.post(
      '/auth/invite',
      { email, org_id: this.orgId, role_id: this.roles.get(role) ?? role, ...change },
      { token },
    );

  bulk = (emails: string[], { token }: { token: string } = this.owner, change: object = {}) => {
    const invitations = emails.map((email) => ({ email, role_id: this.roles.get('Member')! }));
    return this.auth.http.post(this.at('bulk'), { invitations, ...change }, { token });
  };

  /** The address of an invitation of this team, or of something below all of them. */
  at = (id = ''): string => `/organizations/${this.orgId}/invitations${id === '' ? '' : `/${id}`}`;

  resend = (id: string, { token }: { token: string } = this.owner, body: object = {}) =>
    this.auth.http.post(this.at(`${id}/resend`), body, { token });
  revoke = (id: string, { token }: { token: string } = this.owner) => this.auth.http.delete(this.at(id), { token });

  /** An invitation that was sent, and the token in its mail. */
  async invited(email: string = newAddress(), role = 'Member', by: { token: string } = this.owner) {
    const { status, body } = await this.invite(email, role, by);
    expect(status).toBe(201);
    return { email, id: body.id as string, token: await this.tokenFor(email) };
  }

  tokenFor = (email: string): Promise<string> => mailedToken(this.auth, email, '/invitation');

  show = (token: string) => this.auth.http.get(`/auth/signup-invite?token=${encodeURIComponent(token)}`);
  signUp = (email: string, token: string, change: object = {}) =>
    this.auth.http.post('/auth/signup-invite', {
      email,
      password,
      first_name: 'Ida',
      last_name: 'Lund',
      token,
      ...change,
    });
  accept = (who: { token: string }, token: string, change: object = {}) =>
    this.auth.http.post('/auth/accept-invite', { token, ...change }, { token: who.token });
  decline = (token: string) => this.auth.http.post('/auth/decline-invite', { token });

  stored = (token: string) =>
    this.collection<Invitation>('invitations').findOne({ token_hash: invitationTokenHash(token) });
  membership = (userId: string) =>
    this.collection<Membership>('memberships').findOne({ org_id: this.orgId, user_id: userId });
  userWith = (email: string) => this.collection<User>('users').findOne({ email });

  /** The owner with a token of now, when the clock has moved past the other. */
  ownerNow = async (): Promise<{ token: string }> => {
    const { username } = (await this.userWith(this.owner.email))!;
    return { token: await signIn(this.auth, username) };
  };
}

import { getConnectionToken } from '@nestjs/mongoose';
import { newId } from '@parley/platform';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import type { Membership } from '../src/memberships/membership.schema.js';
import { type Person, person } from './people.js';

export type RoleName = 'Owner' | 'Admin' | 'Member' | 'Guest';
let people = 0;

/** A team with its people: who is in it with which role, and strangers. */
export class OrganizationScene {
  readonly roles = new Map<string, string>();
  private constructor(
    readonly auth: TestService,
    readonly connection: Connection,
    readonly orgId: string,
    readonly owner: Person,
  ) {}

  static async found(auth: TestService, name = `Team ${++people}`): Promise<OrganizationScene> {
    const owner = await person(auth, `owner${++people}`);
    const { body } = await auth.http.post('/organizations', { name }, { token: owner.token });
    const connection: Connection = auth.app.get(getConnectionToken(), { strict: false });
    const scene = new OrganizationScene(auth, connection, body.id, owner);
    for (const { id, name: role } of (await scene.get(`/roles/list_roles?org_id=${body.id}`)).body.data)
      scene.roles.set(role, id);
    return scene;
  }

  /** Somebody who came in with this role, as by an invitation. */
  async member(role: RoleName | (string & {}) = 'Member', change: Partial<Membership> = {}): Promise<Person> {
    const who = await person(this.auth, `p${++people}`);
    const role_id = this.roles.get(role) ?? role;
    const now = new Date();
    await this.connection.collection<Membership>('memberships').insertOne({
      ...{ _id: newId('mem'), org_id: this.orgId, user_id: who.id, role_id, status: 'active', mv: 1 },
      ...{ added_by: this.owner.id, created_at: now, updated_at: now, ...change },
    });
    return who;
  }

  stranger(): Promise<Person> {
    return person(this.auth, `p${++people}`);
  }

  get(path: string, { token }: { token: string } = this.owner) {
    return this.auth.http.get(path, { token });
  }
  post(path: string, body: unknown, { token }: { token: string } = this.owner) {
    return this.auth.http.post(path, body, { token });
  }
  put(path: string, body: unknown, { token }: { token: string } = this.owner) {
    return this.auth.http.put(path, body, { token });
  }
  patch(path: string, body: unknown, { token }: { token: string } = this.owner) {
    return this.auth.http.patch(path, body, { token });
  }
  delete(path: string, { token }: { token: string } = this.owner) {
    return this.auth.http.delete(path, { token });
  }

  /** The address of a member of this organisation. */
  at = ({ id }: { id: string }): string => `/organizations/${this.orgId}/users/${id}`;

  /** @param role the name of a role, or an id */
  assign(who: { id: string }, role: string, by: { token: string } = this.owner) {
    const role_id = this.roles.get(role) ?? role;
    return this.post(`/roles/${this.orgId}/users/${who.id}/roles`, { role_id }, by);
  }

  addRole(body: object, by: { token: string } = this.owner) {
    const role = { name: `Role ${++people}`, hierarchy_level: 40, permissions: ['chat:read'], ...body };
    return this.post('/roles', { org_id: this.orgId, ...role }, by);
  }

  /** The token of a session that is for this organisation. */
  async inside({ token }: { token: string }): Promise<{ token: string }> {
    const { body } = await this.post('/auth/switch-org', { org_id: this.orgId }, { token });
    return { token: body.access_token as string };
  }

  async levelOf({ id }: { id: string }): Promise<number | undefined> {
    return (await this.get(this.at({ id }))).body.role?.hierarchy_level;
  }
}

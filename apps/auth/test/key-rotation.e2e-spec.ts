import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Connection } from 'mongoose';
import { KeyRotationJob } from '../src/key-rotation/key-rotation.job.js';
import { KeyRotationService } from '../src/key-rotation/key-rotation.service.js';
import { SigningKeysService } from '../src/keys/signing-keys.service.js';
import { AuthInstallation, logIn, serviceToken } from './running-auth.js';

const day = 86_400_000;
const installation = new AuthInstallation();
let [one, two]: TestService[] = [];
let admin: string;

beforeAll(async () => {
  [one, two] = [await installation.start(), await installation.start()];
});
beforeEach(async () => {
  admin = await logIn(one!, 'admin');
});
afterAll(() => installation.remove());

const rotate = (body: object, token = admin, auth = one!) => auth.http.post('/admin/keys/rotate', body, { token });
const keysOf = async (auth = one!) =>
  (await auth.http.get('/.well-known/jwks.json')).body.keys as Array<{ kid: string; state: string }>;
const kidOf = (token: string) => jwt.decode(token, { complete: true })!.header.kid;
const inState = async (state: string, auth = one!) => (await keysOf(auth)).find((key) => key.state === state)?.kid;
const me = async (token: string, auth = one!) => {
  const { status, body } = await auth.http.get('/auth/me', { token });
  return [status, body.code];
};
const stored = (kid: string) =>
  one!.app.get<Connection>(getConnectionToken()).collection<{ _id: string }>('signing_keys').findOne({ _id: kid });
const round = (auth = one!) => auth.app.get(KeyRotationJob, { strict: false }).round();
const audited = (type: string) =>
  one!.app.get<Connection>(getConnectionToken()).collection('audit_entries').find({ type }).toArray();

describe('POST /admin/keys/rotate', () => {
  it('signs with the key that was published before, and what was signed stays good', async () => {
    const [token, standby, current] = [admin, await inState('standby'), await inState('current')];
    const { status, body } = await rotate({ reason: 'a test' });
    expect([status, body.current, body.previous]).toEqual([200, standby, current]);
    expect(await inState('standby')).toBe(body.standby);
    expect(kidOf(await logIn(one!, 'user1'))).toBe(standby);
    expect(await me(token)).toEqual([200, undefined]);
    expect(await stored(current!)).not.toHaveProperty('sealed_private_key');
    expect((await audited('signing_key.rotated')).at(-1)).toMatchObject({ facts: { kid: current, reason: 'a test' } });
  });

  it('is followed by the other instances', async () => {
    const { body } = await rotate({ reason: 'a test' });
    const token = await logIn(one!, 'user1');
    expect(kidOf(token)).toBe(body.current);
    installation.clock.advance(1_000);
    expect(await me(token, two)).toEqual([200, undefined]);
    while ((await inState('current', two)) !== body.current);
    expect(kidOf(await logIn(two!, 'user1'))).toBe(body.current);
  });

  it('[attack 19] with revoke makes void what the key has signed, at every instance', async () => {
    const user = await logIn(one!, 'user1');
    expect([await me(user), await me(user, two)]).toEqual([
      [200, undefined],
      [200, undefined],
    ]);
    const { status, body } = await rotate({ revoke: true, reason: 'a backup was found' });
    expect([status, body.revoked]).toEqual([200, kidOf(user)]);
    expect(await me(user)).toEqual([401, 'invalid_token']);
    while ((await me(user, two))[0] === 200);
    expect(await me(user, two)).toEqual([401, 'invalid_token']);
    expect((await keysOf()).map(({ kid }) => kid)).not.toContain(body.revoked);
    expect(await me(await logIn(one!, 'user1'))).toEqual([200, undefined]);
    const token = await serviceToken(one!, 'chat', 'auth');
    const { body: state } = await one!.http.get('/internal/security-state', { token });
    expect(state.revoked_kids).toContain(body.revoked);
    expect((await audited('signing_key.revoked')).at(-1)).toMatchObject({ facts: { kid: body.revoked } });
  });

  it('[attack 19] a key that does not sign yet, or not any more, is worth nothing', async () => {
    const keys = one!.app.get(SigningKeysService, { strict: false });
    const standby = keys.published().find(({ state }) => state === 'standby')!;
    const claims = jwt.decode(await logIn(one!, 'user1')) as object;
    const early = jwt.sign(claims, standby.privateKey!, {
      algorithm: 'ES256',
      header: { alg: 'ES256', typ: 'at+jwt', kid: standby.kid },
    });
    expect(await me(early)).toEqual([401, 'invalid_token']);
    const { current } = keys;
    await rotate({ reason: 'a test' });
    const signLate = () => {
      const now = Math.floor(installation.clock.now() / 1000);
      const times = { iat: now, iat_ms: now * 1000, nbf: now, exp: now + 900 };
      return jwt.sign({ ...claims, ...times }, current.privateKey, {
        algorithm: 'ES256',
        header: { alg: 'ES256', typ: 'at+jwt', kid: current.kid },
      });
    };
    installation.clock.advance(905_000 + 600_000 - 1);
    expect(await me(signLate())).toEqual([200, undefined]);
    installation.clock.advance(1);
    expect(await me(signLate())).toEqual([401, 'invalid_token']);
    await round();
    expect(await stored(current.kid)).toBeNull();
  });

  it.each([
    ['nobody', undefined, { reason: 'x' }, 401, 'token_missing'],
    ['a user', () => logIn(one!, 'user1'), { reason: 'x' }, 403, 'permission_denied'],
    ['no reason', () => admin, {}, 400, 'validation_failed'],
    ['an unknown field', () => admin, { reason: 'x', kid: 'y' }, 400, 'unknown_field'],
  ])('refuses %s, and changes nothing', async (_what, token, body, status, code) => {
    const before = await keysOf();
    const answer = await one!.http.post('/admin/keys/rotate', body, token ? { token: await token() } : {});
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await keysOf()).toEqual(before);
  });

  it('changes the keys once when two ask at the same time', async () => {
    const before = await inState('standby');
    const answers = await Promise.all([rotate({ reason: 'one' }), rotate({ reason: 'two' })]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(await inState('current')).toBe(before);
  });
});

describe('the schedule', () => {
  it('changes the keys every 30 days, once for all instances, and never to one that was not published for ten minutes', async () => {
    await rotate({ reason: 'a test' });
    const [current, standby] = [await inState('current'), await inState('standby')];
    installation.clock.advance(30 * day - 1);
    await Promise.all([round(one), round(two)]);
    expect(await inState('current')).toBe(current);
    installation.clock.advance(1);
    await Promise.all([round(one), round(two)]);
    expect(await inState('current')).toBe(standby);
    const keys = one!.app.get<Connection>(getConnectionToken()).collection('signing_keys');
    await keys.updateOne({ state: 'current' }, { $set: { current_since: new Date(0) } });
    installation.clock.advance(600_000 - 1);
    await round();
    expect(await inState('current')).toBe(standby);
    installation.clock.advance(1);
    await round();
    expect(await inState('current')).not.toBe(standby);
  });

  it('lets the instance that was slower sign with the new key at once', async () => {
    const [current, standby] = [await inState('current'), await inState('standby')];
    installation.clock.advance(30 * day);
    const rotation = one!.app.get(KeyRotationService, { strict: false });
    const rotateSelf = rotation.rotate.bind(rotation);
    const slower = jest.spyOn(rotation, 'rotate').mockImplementationOnce(async (...request) => {
      await round(two);
      return rotateSelf(...request);
    });
    await round(one);
    expect(slower).toHaveBeenCalledTimes(1);
    expect([await inState('current'), await inState('previous')]).toEqual([standby, current]);
    expect(kidOf(await logIn(one!, 'user1'))).toBe(standby);
  });
});

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const sha256 = (bytes: string | Buffer): Buffer => createHash('sha256').update(bytes).digest();
const base64url = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64url');

/** As much of CBOR (RFC 8949) as attestations need. */
function cbor(value: number | string | Buffer | Map<number | string, unknown>): Buffer {
  const head = (major: number, length: number): Buffer =>
    length < 24
      ? Buffer.from([(major << 5) | length])
      : length < 256
        ? Buffer.from([(major << 5) | 24, length])
        : Buffer.from([(major << 5) | 25, length >> 8, length & 0xff]);
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const pairs = [...value].flatMap(([key, each]) => [cbor(key), cbor(each as Buffer)]);
  return Buffer.concat([head(5, value.size), ...pairs]);
}

/** What differs from what an honest browser and authenticator say. */
export interface Ceremony {
  origin?: string;
  rpId?: string;
  userVerified?: boolean;
  counter?: number;
  type?: string;
  challenge?: string;
  userHandle?: string;
  key?: KeyObject;
}

/** An authenticator for WebAuthn in software: one ES256 credential, attested by nobody. */
export class SoftwareAuthenticator {
  readonly id = base64url(randomBytes(32));
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  counter = 0;

  constructor(
    private readonly origin = 'http://localhost:8080',
    private readonly rpId = 'localhost',
  ) {}

  /** @param options of `navigator.credentials.create()` */
  register({ challenge }: { challenge: string }, change: Ceremony = {}) {
    const { x, y } = this.keys.publicKey.export({ format: 'jwk' });
    const [xBytes, yBytes] = [x!, y!].map((text) => Buffer.from(text, 'base64url'));
    const coseKey = new Map<number, unknown>([[1, 2], [3, -7], [-1, 1], [-2, xBytes], [-3, yBytes]]); // prettier-ignore
    const id = Buffer.from(this.id, 'base64url');
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cbor(coseKey)]);
    const authData = Buffer.concat([this.data(change, 0x40), attested]);
    const attestation = new Map<string, unknown>([['fmt', 'none'], ['attStmt', new Map()], ['authData', authData]]); // prettier-ignore
    return this.credential({
      clientDataJSON: this.clientData('webauthn.create', challenge, change),
      attestationObject: base64url(cbor(attestation)),
    });
  }

  /** @param options of `navigator.credentials.get()` */
  assert({ challenge }: { challenge: string }, change: Ceremony = {}) {
    this.counter = change.counter ?? this.counter + 1;
    const authenticatorData = this.data(change, 0);
    const clientDataJSON = this.clientData('webauthn.get', challenge, change);
    const signed = Buffer.concat([authenticatorData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
    return this.credential({
      clientDataJSON,
      authenticatorData: base64url(authenticatorData),
      signature: base64url(sign('sha256', signed, change.key ?? this.keys.privateKey)),
      ...(change.userHandle === undefined ? {} : { userHandle: base64url(change.userHandle) }),
    });
  }

  private credential<Response>(response: Response) {
    return { id: this.id, rawId: this.id, type: 'public-key' as const, response, clientExtensionResults: {} };
  }

  private clientData(type: string, challenge: string, change: Ceremony): string {
    const said = { challenge: change.challenge ?? challenge, origin: change.origin ?? this.origin };
    return base64url(JSON.stringify({ type: change.type ?? type, ...said, crossOrigin: false }));
  }

  private data({ rpId = this.rpId, userVerified = true, counter = this.counter }: Ceremony, flags: number): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags | 0x01 | (userVerified ? 0x04 : 0)]), count]);
  }
}

import { decode } from '../bson/decode.js';
import { encode, type Encodable } from '../bson/encode.js';
import { isDoc, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';

export const OP_MSG = 2013;
export const OP_QUERY = 2004;
const OP_REPLY = 1;
const HEADER_BYTES = 16;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** The low 16 bits must be understood by whoever reads them; the checksum is the only other one that is. */
const REQUIRED_BITS = 0xffff;

export interface Request {
  id: number;
  opCode: number;
  body: Doc;
  /** A document of the message cannot be read. The message itself is whole, so this is the answer and the connection stays. */
  refusal?: MongoError;
  /** The client does not wait for an answer. */
  unanswered: boolean;
}

const malformed = (what: string) => new MongoError('InvalidBSON', `malformed message: ${what}`);

/** Reads a whole message; anything wrong in it is thrown, and ends the connection. */
export function readMessage(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  if (opCode === OP_MSG) return readOpMsg(message, id);
  if (opCode === OP_QUERY) return { id, opCode, body: readOpQuery(message), unanswered: false };
  throw malformed(`operation ${opCode} is not supported`);
}

function readOpMsg(message: Buffer, id: number): Request {
  if (message.length < HEADER_BYTES + 5) throw malformed('it is too short');
  const flags = message.readUInt32LE(HEADER_BYTES);
  if (flags & REQUIRED_BITS & ~(CHECKSUM_PRESENT | MORE_TO_COME)) throw malformed('unknown flags');
  const end = message.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  const documents = new Documents();
  let body: Doc | undefined;
  const sequences: [string, Doc[]][] = [];
  let at = HEADER_BYTES + 4;
  while (at < end) {
    const kind = message[at++];
    const size = at + 4 <= end ? message.readInt32LE(at) : -1;
    if (size < 5 || at + size > end) throw malformed('a section runs past its end');
    const section = message.subarray(at, at + size);
    if (kind === 0) {
      if (body) throw malformed('it has two bodies');
      body = documents.read(section);
    } else if (kind === 1) sequences.push(readSequence(section, documents));
    else throw malformed('a section of an unknown kind');
    at += size;
  }
  if (!body) throw malformed('it has no body');
  for (const [name, list] of sequences) {
    if (body.has(name)) throw malformed(`${name} is there twice`);
    body.set(name, list);
  }
  const { refusal } = documents;
  return { id, opCode: OP_MSG, body, unanswered: (flags & MORE_TO_COME) !== 0, ...(refusal && { refusal }) };
}

/** The documents of one message; the first error among them is kept. */
class Documents {
  refusal: MongoError | undefined;

  read(bytes: Buffer): Doc {
    try {
      return decode(bytes);
    } catch (error) {
      if (!(error instanceof MongoError)) throw error;
      this.refusal ??= error;
      return new Map();
    }
  }
}

function readSequence(section: Buffer, read: Documents): [string, Doc[]] {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw malformed('a sequence has no name');
  const documents: Doc[] = [];
  let at = nameEnd + 1;
  while (at < section.length) {
    const size = at + 4 <= section.length ? section.readInt32LE(at) : -1;
    if (size < 5 || at + size > section.length) throw malformed('a document of a sequence runs past its end');
    documents.push(read.read(section.subarray(at, at + size)));
    at += size;
  }
  return [section.toString('utf8', 4, nameEnd), documents];
}

/** The old form in which a driver says its first hello. */
function readOpQuery(message: Buffer): Doc {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
  const at = nameEnd + 9;
  if (nameEnd < 0 || at + 5 > message.length) throw malformed('it is too short');
  const namespace = message.toString('utf8', HEADER_BYTES + 4, nameEnd);
  if (!namespace.endsWith('.$cmd')) throw malformed('OP_QUERY is only supported for commands');
  const document = decode(message.subarray(at, at + message.readInt32LE(at)));
  const inner: Value | undefined = document.get('$query') ?? document.get('query');
  const body = isDoc(inner) ? inner : document;
  body.set('$db', namespace.slice(0, -'.$cmd'.length));
  return body;
}

export function writeMessage({ id, opCode }: Request, reply: Map<string, Encodable>, ownId: number): Buffer {
  const document = encode(reply);
  const extra = opCode === OP_QUERY ? 20 : 5;
  const message = Buffer.allocUnsafe(HEADER_BYTES + extra + document.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(ownId, 4);
  message.writeInt32LE(id, 8);
  message.writeInt32LE(opCode === OP_QUERY ? OP_REPLY : OP_MSG, 12);
  message.fill(0, HEADER_BYTES, HEADER_BYTES + extra);
  if (opCode === OP_QUERY) message.writeInt32LE(1, HEADER_BYTES + 16);
  document.copy(message, HEADER_BYTES + extra);
  return message;
}

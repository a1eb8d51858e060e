import { deserialize, type Document } from 'bson';

const OP_MSG = 2013;
const BODY_AT = 21;

/** Cuts a stream of bytes into the messages of MongoDB's protocol. */
export class Frames {
  private rest: Buffer = Buffer.alloc(0);

  /** @returns the messages that are complete now */
  add(data: Buffer): Buffer[] {
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, data]) : data;
    const messages: Buffer[] = [];
    while (this.rest.length >= 4 && this.rest.length >= this.rest.readInt32LE(0)) {
      const length = this.rest.readInt32LE(0);
      messages.push(this.rest.subarray(0, length));
      this.rest = this.rest.subarray(length);
    }
    return messages;
  }
}

export const requestId = (message: Buffer): number => message.readInt32LE(4);
export const responseTo = (message: Buffer): number => message.readInt32LE(8);

/** The command in a request; undefined for anything that is not one. */
export function commandIn(message: Buffer): Document | undefined {
  if (message.readInt32LE(12) !== OP_MSG || message[BODY_AT - 1] !== 0) return undefined;
  return deserialize(message.subarray(BODY_AT), { allowObjectSmallerThanBufferSize: true });
}

import type { Document } from 'bson';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { commandIn, Frames, requestId, responseTo } from './frames.js';

/** Commands that change something, and those that commit or abort a transaction. */
const writing = ['insert', 'update', 'delete', 'findAndModify', 'bulkWrite', 'commitTransaction', 'abortTransaction'];

/** Where the gate closes: before the first write is passed on (0), or when the answer to the nth write has come. */
export interface Closing {
  after: number;
  reached: () => void;
}

/**
 * Stands between one process and the database and counts the writes. At the chosen one it lets the caller kill the process: the
 * database has made the write by then, and the process never learns of it.
 */
export class WriteGate {
  /** The writes since `watch`, as `command collection`. */
  writes: string[] = [];
  /** The sessions that wrote since `watch`. */
  sessions: Document[] = [];
  private closing: Closing | undefined;
  private isShut = false;
  private isHolding = false;
  /** What has not been passed on yet. */
  private heldBack: (() => void)[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(private readonly database: URL) {
    this.server = createServer((client) => this.join(client));
  }

  static async open(databaseUri: string): Promise<WriteGate> {
    const gate = new WriteGate(new URL(databaseUri));
    await once(gate.server.listen(0, '127.0.0.1'), 'listening');
    return gate;
  }

  get uri(): string {
    const { port } = this.server.address() as AddressInfo;
    return `mongodb://127.0.0.1:${port}/?directConnection=true`;
  }

  /** Starts counting, and closes where it is told to. */
  watch(closing?: Closing): void {
    this.writes = [];
    this.sessions = [];
    this.closing = closing;
  }

  /** From now on no write is passed on, until `letGo`. */
  holdBack(): void {
    this.isHolding = true;
  }

  letGo(): void {
    this.isHolding = false;
    for (const deliver of this.heldBack.splice(0)) deliver();
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket): void {
    const database = connect(Number(this.database.port), this.database.hostname);
    const counted = new Map<number, number>();
    this.pass(client, database, (message) => {
      const number = this.count(message);
      if (number !== undefined) counted.set(requestId(message), number);
      if (number === 1 && this.closing?.after === 0) this.shut();
    });
    this.pass(database, client, (message) => {
      if (this.closing && counted.get(responseTo(message)) === this.closing.after) this.shut();
    });
  }

  private pass(from: Socket, to: Socket, look: (message: Buffer) => void): void {
    const frames = new Frames();
    this.sockets.add(from);
    from.on('data', (data) => {
      for (const message of frames.add(data)) {
        const deliver = () => {
          if (!this.isShut) look(message);
          if (!this.isShut) to.write(message);
        };
        if (this.isHolding && writeIn(message)) this.heldBack.push(deliver);
        else deliver();
      }
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }

  /** @returns the number of a write */
  private count(message: Buffer): number | undefined {
    const command = writeIn(message);
    if (!command) return undefined;
    const name = Object.keys(command)[0]!;
    if (command.lsid) this.sessions.push(command.lsid as Document);
    const target: unknown = command[name];
    return this.writes.push(typeof target === 'string' ? `${name} ${target}` : name);
  }

  private shut(): void {
    this.isShut = true;
    this.closing?.reached();
  }
}

function writeIn(message: Buffer): Document | undefined {
  const command = commandIn(message);
  return command && writing.includes(Object.keys(command)[0]!) ? command : undefined;
}

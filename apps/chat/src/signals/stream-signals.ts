/**
 * What processes tell each other about streams, and of whom an id speaks:
 * `stop` a stream that somebody wants to end · `rows` a stream whose log or record has changed ·
 * `session_deleted` a chat session · `rights_lost` a user, a login session, an organisation or a signing key
 */
export type SignalKind = 'stop' | 'rows' | 'session_deleted' | 'rights_lost';

/**
 * Signals between the processes of the chat service. One may get lost: the database holds the truth, and whoever listens
 * also looks there from time to time. A signal only makes it quick.
 */
export abstract class StreamSignals {
  /** Reaches every listener of that kind and id in every process; never throws. */
  abstract send(kind: SignalKind, id: string): void;

  /** Calls back at each such signal until the function that it returns is called. The listener must not throw. */
  abstract on(kind: SignalKind, id: string, listener: () => void): () => void;
}

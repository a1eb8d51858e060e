import { Injectable } from '@nestjs/common';
import { type SignalKind, StreamSignals } from './stream-signals.js';

/** Signals within one process: enough for a chat service of one node. */
@Injectable()
export class MemoryStreamSignals extends StreamSignals {
  private readonly listeners = new Map<string, Set<() => void>>();

  send(kind: SignalKind, id: string): void {
    for (const listener of this.listeners.get(`${kind} ${id}`) ?? []) listener();
  }

  on(kind: SignalKind, id: string, listener: () => void): () => void {
    const key = `${kind} ${id}`;
    const listeners = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(key) === listeners) this.listeners.delete(key);
    };
  }
}

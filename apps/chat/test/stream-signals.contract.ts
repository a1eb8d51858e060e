import { describe, expect, it } from '@jest/globals';
import type { StreamSignals } from '../src/signals/stream-signals.js';

/** What every implementation has to do. */
export function streamSignalsContract(name: string, create: () => StreamSignals): void {
  describe(`${name}: the contract of StreamSignals`, () => {
    it('reaches every listener of that kind and id, and nobody else', () => {
      const signals = create();
      const heard: string[] = [];
      signals.on('stop', 'stream-1', () => heard.push('first'));
      signals.on('stop', 'stream-1', () => heard.push('second'));
      signals.on('rows', 'stream-1', () => heard.push('another kind'));
      signals.on('stop', 'stream-2', () => heard.push('another id'));
      signals.send('stop', 'stream-1');
      expect(heard).toEqual(['first', 'second']);
    });

    it('is sent to nobody without harm', () => {
      expect(() => create().send('session_deleted', 'session-1')).not.toThrow();
    });

    it('does not reach who has left, whoever else listens', () => {
      const signals = create();
      const heard: string[] = [];
      const leave = signals.on('rights_lost', 'usr_1', () => heard.push('left'));
      signals.on('rights_lost', 'usr_1', () => heard.push('stayed'));
      leave();
      leave();
      signals.send('rights_lost', 'usr_1');
      expect(heard).toEqual(['stayed']);
    });

    it('lets a listener leave while it is called', () => {
      const signals = create();
      let calls = 0;
      const leave = signals.on('rows', 'stream-1', () => {
        calls++;
        leave();
      });
      signals.send('rows', 'stream-1');
      signals.send('rows', 'stream-1');
      expect(calls).toBe(1);
    });
  });
}

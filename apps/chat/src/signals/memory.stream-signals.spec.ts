import { MemoryStreamSignals } from './memory.stream-signals.js';
import { streamSignalsContract } from './stream-signals.contract.js';

streamSignalsContract('MemoryStreamSignals', () => new MemoryStreamSignals());

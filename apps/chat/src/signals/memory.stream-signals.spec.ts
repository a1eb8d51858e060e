import { MemoryStreamSignals } from './memory.stream-signals.js';
import { streamSignalsContract } from '../../test/stream-signals.contract.js';

streamSignalsContract('MemoryStreamSignals', () => new MemoryStreamSignals());

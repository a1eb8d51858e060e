export {
  createHold,
  hold,
  holdStates,
  modelId,
  price,
  priceList,
  releaseHold,
  settleHold,
  streamIdPattern,
  streamOutcomes,
  usage,
  type CreateHold,
  type Hold,
  type Price,
  type ReleaseHold,
  type SettleHold,
  type Usage,
} from './accounting.js';
export { amountUcr, isoTime, nonNegativeUcr, tokenCount } from './amounts.js';
export {
  grants,
  internalUser,
  serviceScopes,
  tokenRequest,
  tokenResponse,
  type Grants,
  type InternalUser,
  type TokenRequest,
  type TokenResponse,
} from './auth.js';
export {
  terminalStreamStates,
  type ChunkEvent,
  type DoneEvent,
  type ErrorEvent,
  type StartEvent,
  type TerminalStreamState,
} from './chat-events.js';

/** Why a generation was ended before the model was done; it becomes the stream's `finish_reason`. */
export const StopReason = {
  /** No credits for more than what is held. */
  credits: 'credits',
  /** The model went past the length that it was asked for. */
  length: 'length',
  accountingUnavailable: 'accounting_unavailable',
  holdClosed: 'hold_closed',
  deadline: 'deadline',
  tooLong: 'too_long',
  sessionDeleted: 'session_deleted',
  user: 'user',
  rightsLost: 'auth_revoked',
  shutdown: 'shutdown',
  leaseLost: 'lease_lost',
  storeUnavailable: 'store_unavailable',
} as const;
export type StopReason = (typeof StopReason)[keyof typeof StopReason];

/** The reason with which a stream's abort signal is raised. */
export class Stopped extends Error {
  constructor(readonly reason: StopReason) {
    super(`stopped: ${reason}`);
    this.name = 'Stopped';
  }
}

/** Whether there are visitors, and what a new one may spend. Amounts in micro-credits. */
export interface VisitorSettings {
  isOn: boolean;
  /** 0: nothing. */
  allowanceUcr: number;
  /** The most that is given away in one day (UTC). */
  dailyUcr: number;
}

export const VISITOR_SETTINGS = Symbol('VisitorSettings');

/** For how long a visitor is known who does not come back; also the life of the cookie. */
export const idleDays = 30;

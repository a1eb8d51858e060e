/** The time and its alarms; tests put a clock of their own in its place. */
export interface Clock {
  now(): number;
  /** Runs `action` after so many milliseconds, again and again; answers how to stop it. */
  every(milliseconds: number, action: () => void): () => void;
  /** Runs `action` once after so many milliseconds; answers how to call it off. */
  after(milliseconds: number, action: () => void): () => void;
}

/** Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  every(milliseconds, action) {
    const timer = setInterval(action, milliseconds).unref();
    return () => clearInterval(timer);
  },
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** The same clock; what fails in an alarm is reported and ends neither the process nor the alarms after it. */
export function guarded(clock: Clock, report: (error: Error) => void): Clock {
  const safe = (action: () => void) => () => {
    try {
      action();
    } catch (error) {
      report(error as Error);
    }
  };
  return {
    now: () => clock.now(),
    every: (milliseconds, action) => clock.every(milliseconds, safe(action)),
    after: (milliseconds, action) => clock.after(milliseconds, safe(action)),
  };
}

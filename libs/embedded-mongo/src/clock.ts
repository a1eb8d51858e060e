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

import type { Guess } from './guess.js';

/** What a limit has counted for a guess that it let through. */
export interface Entry {
  /** The password was not looked at after all. */
  takeBack: () => Promise<unknown>;
  /** The password was the right one. */
  forgive: () => Promise<unknown>;
}

/** One rule about how often passwords may be tried. */
export interface Limit {
  /** Refuses what is over the limit already, and counts nothing. @throws DomainError `too_many_attempts` */
  refuseEarly(guess: Guess): Promise<void>;
  /** Counts a guess as a wrong one, until it turns out to be right. @throws DomainError `too_many_attempts` */
  enter(guess: Guess): Promise<Entry>;
}

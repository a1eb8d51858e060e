import { AuthErrors, SecurityFeed } from '@parley/auth';

/** A security feed in the state that a test wants. */
export class ScriptedFeed extends SecurityFeed {
  isStale = false;
  isLoaded = true;

  ready(): undefined {
    if (!this.isLoaded) throw AuthErrors.rightsUnavailable();
  }
}

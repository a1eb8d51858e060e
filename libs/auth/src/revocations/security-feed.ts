/** How a service learns of changes of rights. What it has learned is in `Revocations`. */
export abstract class SecurityFeed {
  /** True when nothing has been heard for so long that changes may have been missed. */
  abstract readonly isStale: boolean;

  /**
   * To be asked before anybody is let in.
   * @returns a promise when something has to be waited for first
   * @throws DomainError `authz_unavailable` (503) when it is not known yet which tokens are void
   */
  abstract ready(): Promise<void> | undefined;
}

/** The installation's own choices in the rule of who pays. */
export interface WhoPays {
  /** Whether output that had come before the model failed is charged. */
  chargeOnUpstreamError: boolean;
}

export const WHO_PAYS = Symbol('WhoPays');

export interface Entry {
  key: Buffer;
  value: Buffer;
}

export interface Range {
  /** Inclusive. */
  start: Buffer;
  /** Exclusive. */
  end: Buffer;
  reverse?: boolean;
}

/** What a reader can see: the state now, a snapshot, or one of them with a writer's own changes on top. */
export interface View {
  get(key: Buffer): Buffer | undefined;
  range(range: Range): Iterable<Entry>;
}

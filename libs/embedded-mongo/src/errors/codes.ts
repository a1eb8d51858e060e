/** MongoDB's error codes by name: clients decide by these, so they are copied and never invented. */
export const CODES = {
  InternalError: 1, BadValue: 2, NoSuchKey: 4, UnknownError: 8, FailedToParse: 9, UserNotFound: 11, UnsupportedFormat: 12, Unauthorized: 13,
  TypeMismatch: 14, Overflow: 15, InvalidLength: 16, IllegalOperation: 20, InvalidBSON: 22, AlreadyInitialized: 23,
  NamespaceNotFound: 26, IndexNotFound: 27, PathNotViable: 28, CannotReuseObject: 31, ConflictingUpdateOperators: 40, CursorNotFound: 43, NamespaceExists: 48, MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52, InvalidIdField: 53, NotSingleValueField: 54, InvalidDBRef: 55, EmptyFieldName: 56, DottedFieldName: 57, CommandNotFound: 59,
  ImmutableField: 66, CannotCreateIndex: 67, IndexAlreadyExists: 68, InvalidOptions: 72, InvalidNamespace: 73, IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86, NetworkTimeout: 89, OperationFailed: 96, NotYetInitialized: 94, WriteConflict: 112, ExceededMemoryLimit: 146, CommandNotSupported: 115, DocumentValidationFailure: 121, CommandNotSupportedOnView: 166,
  InvalidPipelineOperator: 168, CannotIndexParallelArrays: 171, QueryPlanKilled: 175, AmbiguousIndexKeyPattern: 181, InvalidIndexSpecificationOption: 197, TransactionTooOld: 225, SnapshotUnavailable: 246,
  NoSuchTransaction: 251, TransactionCommitted: 256, TransactionTooLarge: 257, OperationNotSupportedInTransaction: 263, TooManyLogicalSessions: 261, IncompleteTransactionHistory: 217,
  CursorKilled: 237, ClientDisconnect: 279, UnknownWriteConcern: 79, InvalidReplicaSetConfig: 93, ConflictingOperationInProgress: 117, InterruptedAtShutdown: 11600, Interrupted: 11601, NoQueryExecutionPlans: 291,
  TransactionExceededLifetimeLimitSeconds: 290, IDLUnknownField: 40415, IDLFailedToParse: 40414,
  BSONObjectTooLarge: 10334, DuplicateKey: 11000, OutOfDiskSpace: 14031, KeyTooLong: 17280, ConversionFailure: 241, CursorInUse: 12051, UnsatisfiableWriteConcern: 100, CannotImplicitlyCreateCollection: 227, WriteConcernFailed: 64, ClientMetadataCannotBeMutated: 186, SnapshotTooOld: 239, QueryExceededMemoryLimitNoDiskUseAllowed: 292,
} as const; // prettier-ignore

export type CodeName = keyof typeof CODES;

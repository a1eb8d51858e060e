export { ACCESS_RULE, Public, type AccessRule } from './access/access-rule.js';
export { BeforeBody } from './access/before-body.js';
export { applicationOptions, configureService, createService, runService, type ServiceMain } from './bootstrap.js';
export { Clock, SystemClock } from './clock/clock.js';
export { DomainError, errorStatus, type ErrorExtras, type ErrorKind } from './errors/domain-error.js';
export { PlatformErrors } from './errors/platform.errors.js';
export { ProblemFilter } from './errors/problem.filter.js';
export { problemMediaType, toProblem, type Problem } from './errors/problem.js';
export { isStoreFailure, toDomainError } from './errors/to-domain-error.js';
export { toValidationError, ValidationPipe, withCode } from './errors/validation.pipe.js';
export { Metrics } from './health/metrics.js';
export { ReadinessChecks } from './health/readiness-checks.js';
export { exposedHeaders, isAllowedOrigin } from './http/cors.js';
export { createHttpAdapter } from './http/http-adapter.js';
export { type HttpSettings, toHttpSettings } from './http/http-settings.js';
export { IdempotencyKey, readIdempotencyKey } from './http/idempotency-key.js';
export { ApiProblems, describeApi, pageQuery } from './http/openapi.js';
export { before, readTimeCursor, toTimeCursor, type TimeCursor } from './http/time-cursor.js';
export { ServiceClient, type ServiceAnswer, type ServiceRequest } from './http/service-client.js';
export { newId, newUuid } from './ids.js';
export { PeriodicJobs, type JobRound } from './jobs/periodic-jobs.js';
export {
  ConfigError,
  env,
  loadConfig,
  platformEnvironment,
  sampleSecret,
  type Environment,
} from './config/load-config.js';
export { createLogger, LOGGER, NestLogger, type Logger } from './logging/logger.js';
export { MongoModule, type MongoSettings } from './mongo/mongo.module.js';
export { inTransaction, isDuplicateKey } from './mongo/transaction.js';
export { PLATFORM_OPTIONS, type PlatformOptions } from './config/platform-options.js';
export { PlatformModule } from './platform.module.js';
export { productionRules } from './config/production-rules.js';

export { AuthStandIn } from './auth-stand-in.js';
export { testDatabases, testMongoUri } from './database/test-database.js';
export { HttpClient, type HttpAnswer, type HttpRequest } from './http-client.js';
export { captureLogs, type LogLine } from './log-capture.js';
export { Gate, hold, ScriptedModel, type ScriptedPieces, type ScriptedRequest } from './scripted-model.js';
export { readSse, sseEvents, textOf, type SseEvent } from './sse-client.js';
export { TestClock } from './test-clock.js';
export { startTestService, type TestService } from './test-service.js';

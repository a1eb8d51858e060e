import { DomainError } from '@parley/platform';
import { ModelError } from './model-provider.js';

/** What the public is told when a model fails; the cause goes to the log. */
export const ModelErrors = {
  unreachable: (cause: unknown) => new ModelError('model_failed', 'The model provider cannot be reached.', { cause }),
  refused: (cause: unknown) => new ModelError('model_failed', 'The model provider refused the request.', { cause }),
  failed: (cause: unknown) => new ModelError('model_failed', 'The model failed while answering.', { cause }),
  unreadable: (cause: unknown) =>
    new ModelError('model_failed', 'The model provider gave an answer that cannot be read.', { cause }),
  cutOff: (cause?: unknown) => new ModelError('model_failed', 'The answer of the model was cut off.', { cause }),
  tooLong: () => new ModelError('model_failed', 'The model did not stop answering.'),
  timeout: (cause: unknown) => new ModelError('model_timeout', 'The model did not answer in time.', { cause }),
  unavailable: (cause?: unknown) =>
    new DomainError('unavailable', 'models_unavailable', 'The models cannot be listed right now.', {
      retryAfterSeconds: 5,
      cause,
    }),
};

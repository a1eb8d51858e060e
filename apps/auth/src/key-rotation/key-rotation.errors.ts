import { DomainError } from '@parley/platform';

export const KeyRotationErrors = {
  conflict: () =>
    new DomainError(
      'conflict',
      'key_rotation_conflict',
      'Somebody else has just changed the keys. Look at them first.',
    ),
};

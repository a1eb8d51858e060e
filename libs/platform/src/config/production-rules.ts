import { z } from 'zod';
import { sampleSecret } from './load-config.js';

/** Other variables may be missing or faulty when a rule is checked: all faults are reported at once. */
interface Given {
  NODE_ENV?: string;
  SEED_DEMO?: boolean;
  CORS_ORIGINS?: readonly string[];
}

/**
 * What a production environment may not have: demo data, an open list of origins, secrets from a sample file. For the
 * `check` of a service's schema.
 * @param secrets the names of the service's own variables that hold secrets
 */
export const productionRules = (secrets: readonly string[]) => [
  rule('SEED_DEMO', 'demo data is not for production', ({ SEED_DEMO }) => SEED_DEMO !== true),
  rule('CORS_ORIGINS', 'needs exact origins in production', ({ CORS_ORIGINS = [] }) =>
    CORS_ORIGINS.every((origin) => !origin.includes('*')),
  ),
  ...[...secrets, 'METRICS_TOKEN'].map((name) =>
    rule(name, 'is a sample value; make one of your own', (given) => {
      const secret = (given as Record<string, unknown>)[name];
      return typeof secret !== 'string' || !sampleSecret.test(secret);
    }),
  ),
];

const rule = (variable: string, message: string, isFine: (given: Given) => boolean) =>
  z.refine<Given>((given) => given.NODE_ENV !== 'production' || isFine(given), {
    path: [variable],
    error: message,
    when: () => true,
  });

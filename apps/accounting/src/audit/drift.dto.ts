import { z } from 'zod';
import { type Drift, invariants } from './drift.js';

export const drift = z.object({ account_id: z.string(), invariant: z.enum(invariants), detail: z.string() });

export const toDriftDto = ({ account_id, invariant, detail }: Drift) => ({ account_id, invariant, detail });

import { z } from 'zod';

/** An amount as JSON carries it: a whole number of micro-credits (1 credit = 1,000,000), never a float. */
export const amountUcr = z.int().meta({ description: 'Micro-credits (1 credit = 1,000,000)' });

/** Micro-credits that cannot be negative. */
export const nonNegativeUcr = z.int().min(0).meta({ description: 'Micro-credits (1 credit = 1,000,000)' });

/** More tokens than any call uses. */
export const maxTokenCount = 100_000_000;

/** A number of tokens in one call. */
export const tokenCount = z.int().min(0).max(maxTokenCount);

export const isoTime = z.iso.datetime();

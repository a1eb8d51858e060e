import type { Usage } from '@parley/contracts';
import { Schema } from 'mongoose';

export const usageSchema = new Schema<Usage>(
  {
    input_tokens: { type: Number, required: true },
    output_tokens: { type: Number, required: true },
    cache_read_tokens: Number,
    cache_write_tokens: Number,
    source: { type: String, required: true },
  },
  { _id: false, strict: 'throw' },
);

/** Usage as it is answered, without what mongoose adds to what it has read. */
export const toUsage = (stored: Usage): Usage => ({
  input_tokens: stored.input_tokens,
  output_tokens: stored.output_tokens,
  ...(stored.cache_read_tokens === undefined ? {} : { cache_read_tokens: stored.cache_read_tokens }),
  ...(stored.cache_write_tokens === undefined ? {} : { cache_write_tokens: stored.cache_write_tokens }),
  source: stored.source,
});

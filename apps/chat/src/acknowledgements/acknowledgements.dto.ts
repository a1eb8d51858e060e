import { streamIdPattern, usage } from '@parley/contracts';
import { withCode } from '@parley/platform';
import { z } from 'zod';
import { messageDto } from '../messages/messages.dto.js';

const malformed = withCode(
  'stream_id_malformed',
  'The streaming session id is not of the form stream-{timestamp}-{uuid}.',
);
const missing = withCode('stream_id_missing', 'The streaming session id is missing.');

/** What the client says it received. It is compared with the log and never stored as text or usage. */
export const updateStream = z
  .strictObject({
    streaming_session_id: z
      .string({ error: ({ input }) => (input === undefined || input === null ? missing : malformed) })
      .min(1, missing)
      .regex(streamIdPattern, malformed),
    complete_response: z.string(),
    tokensUsed: z.number().optional().meta({ description: 'Taken and not believed' }),
  })
  .meta({
    id: 'UpdateStream',
    examples: [
      { streaming_session_id: 'stream-1767225600000-3f2b8c1e-9d4a-4e6b-8a7c-5d1e2f3a4b5c', complete_response: 'Hello' },
    ],
  });
export type UpdateStream = z.infer<typeof updateStream>;

export const acknowledgementDto = z
  .object({
    accepted: z.literal(true),
    content_match: z.boolean(),
    final_seq: z.int(),
    sha256: z.string(),
    message: messageDto.nullable().meta({ description: 'The text as the server has it; null when there was none' }),
    usage,
    charged_ucr: z.int().nullable().meta({ description: 'null while the settlement is on its way' }),
    already_acknowledged: z.boolean(),
  })
  .meta({ id: 'Acknowledgement' });
export type AcknowledgementDto = z.infer<typeof acknowledgementDto>;

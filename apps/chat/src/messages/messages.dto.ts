import { isoTime, terminalStreamStates, usage } from '@parley/contracts';
import { pageQuery } from '@parley/platform';
import { z } from 'zod';
import type { Message } from './message.schema.js';

export const messageDto = z
  .object({
    message_id: z.string(),
    session_id: z.string(),
    seq: z.int(),
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    streaming_session_id: z.string(),
    state: z.enum(terminalStreamStates).nullable(),
    usage: usage.nullable(),
    model: z.string().nullable(),
    created_at: isoTime,
  })
  .meta({ id: 'Message' });
export type MessageDto = z.infer<typeof messageDto>;

export const messageList = z
  .object({ data: z.array(messageDto), next_cursor: z.string().nullable() })
  .meta({ id: 'MessageList' });

export const messagesQuery = z.strictObject({
  ...pageQuery,
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'is not a cursor of this list')
    .optional(),
});
export type MessagesQuery = z.infer<typeof messagesQuery>;

export const toMessageDto = (message: Message): MessageDto => ({
  message_id: message._id,
  session_id: message.session_id,
  seq: message.seq,
  role: message.role,
  content: message.content,
  streaming_session_id: message.streaming_session_id,
  state: message.state,
  usage: message.usage,
  model: message.model,
  created_at: message.created_at.toISOString(),
});

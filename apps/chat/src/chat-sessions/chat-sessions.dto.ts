import { isoTime, modelId } from '@parley/contracts';
import { pageQuery } from '@parley/platform';
import { z } from 'zod';
import type { ChatSession } from './chat-session.schema.js';

const title = z.string().trim().min(1).max(200);

export const createChatSession = z
  .strictObject({ title: title.optional(), model: modelId.optional() })
  .meta({ id: 'CreateChatSession', examples: [{ title: 'A first question' }] });
export type CreateChatSession = z.infer<typeof createChatSession>;

export const changeChatSession = z
  .strictObject({ title: title.nullable().optional(), model: modelId.nullable().optional() })
  .meta({ id: 'ChangeChatSession', examples: [{ title: 'A better title' }] });
export type ChangeChatSession = z.infer<typeof changeChatSession>;

export const chatSessionDto = z
  .object({
    session_id: z.string(),
    title: z.string().nullable(),
    model: z.string().nullable(),
    message_count: z.int(),
    created_at: isoTime,
    updated_at: isoTime,
  })
  .meta({ id: 'ChatSession' });
export type ChatSessionDto = z.infer<typeof chatSessionDto>;

export const chatSessionList = z
  .object({ data: z.array(chatSessionDto), next_cursor: z.string().nullable() })
  .meta({ id: 'ChatSessionList' });

export const deletedChatSession = z
  .object({ session_id: z.string(), deleted: z.literal(true) })
  .meta({ id: 'DeletedChatSession' });

export const listQuery = z.strictObject(pageQuery);
export type ListQuery = z.infer<typeof listQuery>;

export const sessionId = z.string().min(1).max(100);

export const toChatSessionDto = (session: ChatSession): ChatSessionDto => ({
  session_id: session._id,
  title: session.title,
  model: session.model,
  message_count: session.message_seq,
  created_at: session.created_at.toISOString(),
  updated_at: session.updated_at.toISOString(),
});

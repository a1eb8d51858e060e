import { Injectable } from '@nestjs/common';
import type { ChatSession } from '../chat-sessions/chat-session.schema.js';
import { MessagesService } from '../messages/messages.service.js';
import { fitHistory } from './history.js';
import { ModelCatalogue } from '../models/model-catalogue.js';
import type { Model, ModelMessage } from '../models/provider/model-provider.js';
import { estimateMessages } from '../models/tokens/token-count.js';
import { StopReason } from '../streams/stop-reason.js';
import type { Question } from '../generations/generation.js';
import type { StartStream } from './answers.dto.js';
import { AnswerErrors } from './answers.errors.js';

/** What an answer may cost when the request does not say: long enough for most answers, so that the hold stays small. */
const defaultMaxTokens = 1_024;

export interface PreparedQuestion {
  modelId: string;
  question: Question;
  /** Our estimate of what the conversation costs to send. */
  inputTokens: number;
}

/** Chooses the model and cuts the conversation to what the model can read. */
@Injectable()
export class QuestionsService {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly messages: MessagesService,
  ) {}

  /** @throws DomainError `model_not_found` · `max_tokens_too_large` · `content_too_long` · `models_unavailable` */
  async prepare(session: ChatSession, body: StartStream): Promise<PreparedQuestion> {
    const modelId = body.model ?? session.model ?? (await this.catalogue.defaultModel()).id;
    const found = await this.catalogue.find(modelId);
    if (!found) throw AnswerErrors.modelNotFound(modelId);
    const { model, provider } = found;
    const maxTokens = chooseMaxTokens(body.max_tokens, model);
    const messages = await this.conversation(session, body.content, model.contextTokens - maxTokens);
    const temperature = body.temperature === undefined ? {} : { temperature: body.temperature };
    return {
      modelId,
      question: { provider, messages, maxTokens, atMaxTokens: StopReason.length, ...temperature },
      inputTokens: estimateMessages(messages),
    };
  }

  private async conversation(session: ChatSession, content: string, budgetTokens: number): Promise<ModelMessage[]> {
    const question: ModelMessage = { role: 'user', content };
    if (estimateMessages([question]) > budgetTokens) throw AnswerErrors.contentTooLong();
    const earlier = await this.messages.recent(session._id);
    return fitHistory([...earlier.map(({ role, content: text }) => ({ role, content: text })), question], budgetTokens);
  }
}

function chooseMaxTokens(asked: number | undefined, { maxOutputTokens, contextTokens }: Model): number {
  const most = Math.min(maxOutputTokens, contextTokens - 1);
  if (asked !== undefined && asked > most) throw AnswerErrors.maxTokensTooLarge(most);
  return asked ?? Math.min(defaultMaxTokens, most);
}

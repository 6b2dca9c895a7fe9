// Answers in OpenAI's own shape: the node speaks it too, so they pass as they are.
import { renderErrorBody } from '../../../protocol/errors/error-body.ts';
import type { AnswerForm } from './relay-answer.ts';

export const OPENAI_FORM: AnswerForm = {
  readBody: (body) => body,
  renderError: renderErrorBody,
};

// Answers in the plain contract of `/predict`: the gateway opens what the node says.
import type { AnswerForm } from './relay-answer.ts';
import { readPrediction } from './read-prediction.ts';

export const PREDICT_FORM: AnswerForm = {
  readBody: async (body) => JSON.stringify({ prediction: await readPrediction(new Response(body)) }),
  renderError: ({ message }) => ({ error: message }),
};

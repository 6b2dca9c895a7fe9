// The requests that the benchmark sends: a chat of about 1 KB, answered whole or streamed.
import { MOCK_MODEL, type MockPace } from './mock-contract.ts';

const MESSAGES = [
  {
    role: 'system',
    content: 'You answer questions about the house rules, shortly and to the point. '.repeat(5).trim(),
  },
  {
    role: 'user',
    content: 'Who may use the kitchen after ten, and what is to be left behind clean? '.repeat(6).trim(),
  },
];

export const WHOLE_REQUEST = JSON.stringify({ model: MOCK_MODEL, messages: MESSAGES, max_tokens: 160, temperature: 0 });

/** At a model's pace, or (`mock`) as fast as they can be written. */
export function streamRequest(chunks: number, model: MockPace | typeof MOCK_MODEL): string {
  return JSON.stringify({ model, messages: MESSAGES, max_tokens: chunks, stream: true });
}

// Prompts that are no fair questions. The model may answer anything, but the answer must end.

export const ODD_PROMPTS = [
  '',
  'hi',
  '?',
  '😀',
  'Wie geht es dir?',
  'asdf qwer zxcv',
  'Tell me a story about a sad cloud.',
  'count to 20',
  'List all months.',
  'Write a haiku about rivers',
  'Repeat after me: red green blue',
  'Say hello world',
  'What is 123 * 456?',
  'Why why why why why?',
  'The quick brown fox jumps over the lazy dog. '.repeat(20),
  'key '.repeat(100),
  'Explain everything you know.',
  'Tell me more.',
  'My name is Robert.',
  '{"a": 1}',
] as const;

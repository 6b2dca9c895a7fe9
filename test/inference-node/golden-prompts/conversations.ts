// The chat requests that every template renders: what clients send, in OpenAI's shapes.

const call = (id: string, name: string, args: object): object => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
});

const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'A forecast of the "weather".',
      parameters: {
        type: 'object',
        properties: {
          city: { type: 'string', description: 'As it is spelled there: Zürich.' },
          days: { type: 'integer' },
        },
        required: ['city'],
      },
      strict: true,
    },
  },
  { type: 'function', function: { name: 'get_time' } },
];

const question = { role: 'user', content: 'What is the weather in Zürich?' };
const asked = {
  role: 'assistant',
  content: null,
  tool_calls: [call('call_1', 'get_weather', { city: 'Zürich', days: 2 })],
};
const given = { role: 'tool', tool_call_id: 'call_1', content: '{"sky": "clear"}' };
const askedTwice = {
  role: 'assistant',
  content: 'I look it up.',
  tool_calls: [call('call_1', 'get_weather', { city: 'Zürich' }), call('call_2', 'get_time', {})],
};
const givenBoth = [{ role: 'tool', tool_call_id: 'call_2', content: '12:00' }, given];

export const CONVERSATIONS: Record<string, object> = {
  'a question': { messages: [{ role: 'user', content: 'Hi there' }] },
  'a system message, and a developer message': {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: 'Hi there' },
    ],
  },
  'several turns, and two messages in a row': {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi there' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'Who are you?' },
      { role: 'user', content: [{ type: 'text', text: 'And why?' }] },
    ],
  },
  'tools offered': { messages: [question], tools: TOOLS },
  'tools offered, with a system message': {
    messages: [{ role: 'system', content: 'Be brief.' }, question],
    tools: TOOLS,
  },
  'a call and what it gave': { messages: [question, asked, given], tools: TOOLS },
  'a call and what it gave, with a system message': {
    messages: [{ role: 'system', content: 'Be brief.' }, question, asked, given],
    tools: TOOLS,
  },
  'two calls in one message, and a question after them': {
    messages: [
      question,
      askedTwice,
      ...givenBoth,
      { role: 'assistant', content: 'Clear.' },
      { role: 'user', content: 'Thanks' },
    ],
    tools: TOOLS,
  },
  'tool_choice none, after a call': { messages: [question, asked, given], tools: TOOLS, tool_choice: 'none' },
};

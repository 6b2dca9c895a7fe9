// A tool, a call of it and what it gave, to find out whether a template renders such. The parameters are as bare as a client's may be.
import type { ToolSignature } from '../tool-formats/tool-signature.ts';
import type { TemplateMessage } from './template-messages.ts';

const NAME = 'hearthkey_probe_tool';
const ARGUMENT = 'hearthkey-probe-argument';
const RESULT = 'hearthkey-probe-result';
/** Some templates insist on this length. */
const CALL_ID = 'probe0001';

export const PROBE_TOOL: ToolSignature = {
  type: 'function',
  function: {
    name: NAME,
    description: '',
    parameters: {
      type: 'object',
      properties: {
        text: { type: ['string', 'null'] },
        list: { type: 'array', items: { type: 'integer' } },
        choice: { enum: ['a', 1] },
        inner: { type: 'object', properties: {} },
      },
    },
  },
};

export const PROBE_ROUND: readonly TemplateMessage[] = [
  { role: 'user', content: 'hearthkey-probe-question' },
  {
    role: 'assistant',
    content: '',
    tool_calls: [{ id: CALL_ID, type: 'function', function: { name: NAME, arguments: { text: ARGUMENT } } }],
  },
  { role: 'tool', content: RESULT, tool_call_id: CALL_ID },
];

/** What a template that knows tools shows of them. */
export const PROBE_SIGNS: readonly string[] = [NAME, ARGUMENT, RESULT];

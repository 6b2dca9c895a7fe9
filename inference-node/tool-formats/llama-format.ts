// `{"name": …, "parameters": {…}}` as the whole answer: Llama 3.1, 3.2 and 3.3. One call.
import { randomId } from '../../protocol/credentials/credential.ts';
import { callGrammar, jsonCall } from './call-grammar.ts';
import { jsonHead } from './call-syntax.ts';
import type { ToolFormat } from './tool-format.ts';
import { callableTools } from './tool-use.ts';

const FORM = jsonCall('parameters');

export const llamaFormat: ToolFormat = {
  syntax: { opener: '', markers: [], head: jsonHead('parameters'), next: null, tail: /^\s*\}/ },
  isRenderedByTemplate: true,
  constrain(use) {
    if (use.choice !== 'auto')
      return { gbnf: callGrammar('call', callableTools(use), FORM), triggers: [], triggerAt: 'start' };
    // The brace that begins a call has been written by then.
    const afterBrace = { ...FORM, before: FORM.before.replace('"{" ', '') };
    return { gbnf: callGrammar('call', callableTools(use), afterBrace), triggers: ['{'], triggerAt: 'start' };
  },
  prepare: (messages) => messages,
  mintId: () => `call_${randomId()}`,
};

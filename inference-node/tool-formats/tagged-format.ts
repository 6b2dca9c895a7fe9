// `<tool_call>{"name": …, "arguments": {…}}</tool_call>`: Hermes 2 and 3, Qwen 2.5 and 3. Any number of calls, text before them.
import { randomId } from '../../protocol/credentials/credential.ts';
import { callGrammar, jsonCall } from './call-grammar.ts';
import { jsonHead } from './call-syntax.ts';
import type { ToolFormat } from './tool-format.ts';
import { callableTools } from './tool-use.ts';

const OPENER = '<tool_call>';
const CLOSER = '</tool_call>';
const CALL = `space call space "${CLOSER}"`;

export const taggedFormat: ToolFormat = {
  syntax: {
    opener: OPENER,
    markers: [OPENER, CLOSER],
    head: jsonHead('arguments'),
    next: null,
    tail: /^\s*\}\s*<\/tool_call>/,
  },
  isRenderedByTemplate: true,
  constrain(use) {
    const more = use.isParallel ? ` (space "${OPENER}" ${CALL})*` : '';
    const isFree = use.choice === 'auto';
    const root = `${isFree ? '' : `"${OPENER}" `}${CALL}${more}`;
    const gbnf = callGrammar(root, callableTools(use), jsonCall('arguments'));
    return { gbnf, triggers: isFree ? [OPENER] : [], triggerAt: 'anywhere' };
  },
  prepare: (messages) => messages,
  mintId: () => `call_${randomId()}`,
};

// Mistral's two forms. Until 2024: `[TOOL_CALLS][{"name": …, "arguments": {…}}, …]`; since then: `[TOOL_CALLS]name[ARGS]{…}`, once for each
// call. Both insist on ids of nine letters and digits, which some models write themselves: `…, "id": "…"}` and `name[CALL_ID]…[ARGS]`.
// Such an id is let pass and not used, for it may have been used before.
import { createHash } from 'node:crypto';
import { randomId } from '../../protocol/credentials/credential.ts';
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import { callGrammar, jsonCall, type CallForm } from './call-grammar.ts';
import { jsonHead } from './call-syntax.ts';
import type { ToolFormat } from './tool-format.ts';
import { callableTools } from './tool-use.ts';

const OPENER = '[TOOL_CALLS]';
const MARKERS = [OPENER, '[CALL_ID]', '[ARGS]'];
const ID_LENGTH = 9;
const OWN_ID = /^[A-Za-z0-9]{9}$/;
const ID_RULE = `[A-Za-z0-9]{${ID_LENGTH}}`;

const LIST_FORM: CallForm = {
  ...jsonCall('arguments'),
  after: String.raw`space ("," space "\"id\":" space "\"" ${ID_RULE} "\"" space)? "}"`,
};
const NAME_FORM: CallForm = {
  before: '',
  nameEnd: '[',
  between: `("CALL_ID]" ${ID_RULE} "[")? "ARGS]"`,
  after: '',
};

const shared = {
  isRenderedByTemplate: true,
  prepare: (messages: readonly ChatMessage[]) => messages.map(withShortIds),
  mintId: () => randomId().slice(0, ID_LENGTH),
};

export const mistralListFormat: ToolFormat = {
  ...shared,
  syntax: {
    opener: OPENER,
    markers: MARKERS,
    head: jsonHead('arguments', '\\s*\\[?'),
    next: /^\s*(?:,\s*"id"\s*:\s*"[A-Za-z0-9]*"\s*)?\}\s*,/,
    tail: /^\s*(?:,\s*"id"\s*:\s*"[A-Za-z0-9]*"\s*)?\}\s*\]/,
  },
  constrain(use) {
    const more = use.isParallel ? ' ("," space call)*' : '';
    const isFree = use.choice === 'auto';
    const root = `${isFree ? 'space' : `"${OPENER}" space`} "[" space call${more} space "]"`;
    const gbnf = callGrammar(root, callableTools(use), LIST_FORM);
    return { gbnf, triggers: isFree ? [OPENER] : [], triggerAt: 'anywhere' };
  },
};

export const mistralNameFormat: ToolFormat = {
  ...shared,
  syntax: {
    opener: OPENER,
    markers: MARKERS,
    head: /^([A-Za-z0-9_-]{1,64})(?:\[CALL_ID\][A-Za-z0-9]*)?\[ARGS\]\s*/,
    next: null,
    tail: /^/,
  },
  constrain(use) {
    const more = use.isParallel ? ` ("${OPENER}" call)*` : '';
    const isFree = use.choice === 'auto';
    const gbnf = callGrammar(`${isFree ? '' : `"${OPENER}" `}call${more}`, callableTools(use), NAME_FORM);
    return { gbnf, triggers: isFree ? [OPENER] : [], triggerAt: 'anywhere' };
  },
};

/** Ids of other makers are replaced, the same by the same. */
function withShortIds(message: ChatMessage): ChatMessage {
  const { tool_calls: calls, tool_call_id: answered, ...rest } = message;
  return {
    ...rest,
    ...(calls === undefined ? {} : { tool_calls: calls.map((call) => ({ ...call, id: shortId(call.id) })) }),
    ...(answered === undefined ? {} : { tool_call_id: shortId(answered) }),
  };
}

function shortId(id: string): string {
  return OWN_ID.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, ID_LENGTH);
}

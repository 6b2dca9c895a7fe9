// A chat in the form of a model's own Jinja template. What the template knows is tried out once, when the model is loaded: many leave
// messages out in silence that they were not written for.
import { Template } from '@huggingface/jinja';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { Tool } from '../../protocol/inference/tools.ts';
import { toolFormatOf, type ToolFormatName } from '../tool-formats/tool-formats.ts';
import { toolSignature } from '../tool-formats/tool-signature.ts';
import type { ChatFormat, ChatFormatSource, RenderedChat } from './chat-format.ts';
import { mendTemplate } from './mend-template.ts';
import { PROBE_ROUND, PROBE_SIGNS, PROBE_TOOL } from './probe-tools.ts';
import {
  joinNeighbours,
  putSystemFirst,
  putSystemIntoUser,
  toTemplateMessage,
  type TemplateMessage,
} from './template-messages.ts';

type Variables = Readonly<Record<string, unknown>>;
type Arrange = (messages: readonly TemplateMessage[]) => readonly TemplateMessage[];

const NO_STOPS: readonly string[] = [];
const probe = (role: string, number: number): TemplateMessage => ({ role, content: `hearthkey-probe-${number}` });
const PROBE_USER = probe('user', 1);
const PROBE_SYSTEM = probe('system', 2);
/** Every place that clients put system messages at. */
const PROBE_SYSTEMS = [PROBE_SYSTEM, probe('system', 3), PROBE_USER, probe('assistant', 4), probe('system', 5)];

export class TemplateFormat implements ChatFormat {
  readonly toolFormat: ToolFormatName;
  readonly #template: Template;
  readonly #variables: Variables;
  /** Ways to put messages in order, the least change first. */
  readonly #arrangements: readonly Arrange[];

  /** Throws when the template does not parse or renders no message. */
  constructor(template: string, source: ChatFormatSource) {
    this.#template = new Template(mendTemplate(template));
    const variables = { bos_token: source.bosText, eos_token: source.eosText, add_generation_prompt: true };
    this.#variables = { ...variables, ...this.#whenWithoutTools(variables) };
    if (!this.#shows([PROBE_USER])) throw new Error('the chat template leaves the message out');
    this.#arrangements = this.#findArrangements();
    const round = this.#tryRender(PROBE_ROUND, { tools: [PROBE_TOOL] });
    const takesTools = round !== null && PROBE_SIGNS.every((sign) => round.includes(sign));
    this.toolFormat = takesTools ? toolFormatOf(template) : 'described';
  }

  render(messages: readonly ChatMessage[], tools: readonly Tool[] | null = null): RenderedChat {
    const plain = messages.map(toTemplateMessage);
    const variables = tools === null ? {} : { tools: tools.map(toolSignature) };
    let first: string | null = null;
    for (const arrange of this.#arrangements) {
      const text = this.#tryRender(arrange(plain), variables);
      if (text !== null && hasInstructions(text, plain)) return { text, stops: NO_STOPS };
      first ??= text;
    }
    if (first === null) throw refusal();
    return { text: first, stops: NO_STOPS };
  }

  /** Some templates were written for tools alone, and go through the list without looking whether there is one. */
  #whenWithoutTools(variables: Variables): Variables {
    try {
      this.#template.render({ ...variables, messages: [PROBE_USER] });
      return {};
    } catch (error) {
      const empty = { tools: [] };
      if (this.#tryRender([PROBE_USER], { ...variables, ...empty }) === null) throw error;
      return empty;
    }
  }

  #findArrangements(): readonly Arrange[] {
    const intoUser: Arrange = (messages) => joinNeighbours(putSystemIntoUser(messages));
    if (this.#shows([...PROBE_SYSTEMS, PROBE_USER]))
      return [(messages) => messages, joinNeighbours, (messages) => joinNeighbours(putSystemFirst(messages)), intoUser];
    if (this.#shows([PROBE_SYSTEM, PROBE_USER]))
      return [putSystemFirst, (messages) => joinNeighbours(putSystemFirst(messages)), intoUser];
    return [putSystemIntoUser, intoUser];
  }

  #tryRender(messages: readonly TemplateMessage[], variables: Variables): string | null {
    try {
      return this.#template.render({ ...this.#variables, ...variables, messages });
    } catch {
      return null;
    }
  }

  #shows(messages: readonly TemplateMessage[]): boolean {
    const text = this.#tryRender(messages, {});
    return text !== null && messages.every(({ content }) => text.includes(content));
  }
}

/** Mistral's templates of 2024 leave the system message out unless the last message is a user's. */
function hasInstructions(text: string, messages: readonly TemplateMessage[]): boolean {
  return messages.every(({ role, content }) => role !== 'system' || text.includes(content.trim()));
}

function refusal(): ApiError {
  return new ApiError('invalid_value', {
    message:
      "This model's chat template does not accept these messages. Most models want an optional system message first, then " +
      'user and assistant in turns, ending with user.',
    param: 'messages',
  });
}

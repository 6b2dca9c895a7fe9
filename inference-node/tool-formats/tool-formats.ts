// Every form of calling tools, by name, and which one a chat template speaks.
import { describedFormat } from './described-format.ts';
import { llamaFormat } from './llama-format.ts';
import { mistralListFormat, mistralNameFormat } from './mistral-formats.ts';
import { taggedFormat } from './tagged-format.ts';
import type { ToolFormat } from './tool-format.ts';

export const TOOL_FORMATS = {
  tagged: taggedFormat,
  llama: llamaFormat,
  'mistral-list': mistralListFormat,
  'mistral-name': mistralNameFormat,
  described: describedFormat,
} as const satisfies Record<string, ToolFormat>;

export type ToolFormatName = keyof typeof TOOL_FORMATS;

/** Parts of a template that stand for calls in a form which is not known here: arguments as XML, or a list of calls in tags. */
const OTHER_FORMS = ['<function=', '<arg_key>', '<parameter=', '<invoke', '<tool_calls>'];

/** The form that a template was written for; `described` when it knows no tools, or only one that is not known here. */
export function toolFormatOf(template: string): ToolFormatName {
  if (!/\btools\b/.test(template)) return 'described';
  if (OTHER_FORMS.some((form) => template.includes(form))) return 'described';
  if (template.includes('[TOOL_CALLS]')) return template.includes('[ARGS]') ? 'mistral-name' : 'mistral-list';
  if (template.includes('<tool_call>')) return 'tagged';
  if (template.includes('<|start_header_id|>') && template.includes('"parameters"')) return 'llama';
  return 'described';
}

// What is known of a model before it is loaded, from its file and its settings: as the loaded one will tell it.
import { contextLengthOf } from './context-length.ts';
import { describeModel } from './describe-model.ts';
import type { LoadedModelFacts } from './engine-messages.ts';
import type { ModelOptions } from './engine-options.ts';
import type { GgufFacts } from '../gguf/gguf-facts.ts';
import { chatFormatOf } from '../engine-child/chat-format.ts';
import { ModelLoadError } from './model-load-error.ts';
import type { ToolFormatName } from '../tool-formats/tool-formats.ts';

/** Throws a `ModelLoadError` for a chat template that cannot be used. */
export function describeUnloaded(options: ModelOptions, file: GgufFacts, sizeBytes: number): LoadedModelFacts {
  return describeModel(options, {
    architecture: file.architecture,
    contextLength: contextLengthOf(options.contextSize, {
      architecture: file.architecture,
      trained: file.contextLength,
    }),
    sizeBytes,
    toolFormat: toolFormatFor(options, file),
    fingerprint: '',
    device: '',
  });
}

/** A model that is loaded at the start tries its template out in its own process, and tells. */
function toolFormatFor({ id, path, load, chatTemplate }: ModelOptions, file: GgufFacts): ToolFormatName {
  if (load !== 'on_demand') return 'described';
  const templates = chatTemplate === undefined ? file : { chatTemplate };
  try {
    return chatFormatOf({ ...templates, architecture: file.architecture, bosText: '', eosText: '' }).toolFormat;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no reason was given';
    throw new ModelLoadError(
      id,
      `${path}: its chat template cannot be used (${why}). Give another one with chat_template.`,
    );
  }
}

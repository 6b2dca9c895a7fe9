// What `--model` names: a GGUF file, and the id under which it is served.
import { basename } from 'node:path';
import type { ModelSettings } from '../engine/engine-options.ts';
import { modelIdSchema } from '../../protocol/inference/model-id.ts';

export type ModelSource = {
  id: string;
  /** Path as given. */
  file: string;
  /** What a models file says of it. */
  settings?: ModelSettings;
};

export type ModelSourceResult = { ok: true; source: ModelSource } | { ok: false; problem: string };

/**
 * Reads `FILE` or `id=FILE`. Without an id it is the file's name without `.gguf`, in lower case, with what an id may not
 * hold replaced by `-`: `./Phi-2.Q4_K_M.gguf` → `phi-2.q4_k_m`. A path that itself holds `=` needs the form `id=FILE`.
 */
export function parseModelSource(text: string): ModelSourceResult {
  const separator = text.indexOf('=');
  const given = separator < 0 ? undefined : text.slice(0, separator);
  const file = text.slice(separator + 1);
  if (file === '') return { ok: false, problem: `--model '${text}' names no file` };
  const id = given ?? deriveModelId(file);
  if (!modelIdSchema.safeParse(id).success) {
    return { ok: false, problem: `--model '${text}': '${id}' is not a model id; write --model my-id=${file}` };
  }
  return { ok: true, source: { id, file } };
}

/** The id of a file that was given without one; may be no valid id. */
export function deriveModelId(file: string): string {
  return basename(file)
    .replace(/\.gguf$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
}

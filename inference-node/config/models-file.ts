// The models file (TOML): which models a node serves, and how. Read once at start; every mistake is one sentence that names
// file and table. Paths in it are relative to the file.
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { readFailure } from './gateway-keys-file.ts';
import { describeModelsFileIssue } from './models-file-issue.ts';
import { modelsFileSchema, type ModelEntry, type ModelsFileContent } from './models-file-schema.ts';
import type { ModelSource } from './model-source.ts';

/** A settings file is some lines, a chat template some pages: what is larger is not one. */
const MAX_FILE_BYTES = 262_144;

type StoreKeys = 'prefix_store' | 'prefix_store_folder' | 'prefix_store_keep';

/** Where beginnings of prompts are kept. */
export type PrefixStoreWish = {
  maxBytes: number;
  /** Null: with the node's state. */
  folder: string | null;
  /** Also over a restart. */
  keep: boolean;
};

export type ModelsFile = Omit<ModelsFileContent, 'models' | StoreKeys> & {
  models: ModelSource[];
  prefixStore: PrefixStoreWish | null;
};

export type ModelsFileResult = { ok: true; file: ModelsFile } | { ok: false; problem: string };

/** A mistake in the file: becomes the sentence. */
class ModelsFileProblem extends Error {}

/** Reads the file and the chat templates that it names. `problem` has no full stop. */
export function readModelsFile(path: string): ModelsFileResult {
  try {
    const content = readContent(path);
    const { models, prefix_store: size, prefix_store_folder: folder, prefix_store_keep: keep, ...nodeWide } = content;
    checkNames(path, models);
    const storeFolder = folder === undefined ? null : resolve(dirname(path), folder);
    const prefixStore = size === undefined ? null : { maxBytes: size, folder: storeFolder, keep: keep === true };
    return { ok: true, file: { ...nodeWide, prefixStore, models: models.map((entry) => toSource(path, entry)) } };
  } catch (error) {
    if (!(error instanceof ModelsFileProblem)) throw error;
    return { ok: false, problem: error.message };
  }
}

function readContent(path: string): ModelsFileContent {
  let toml: unknown;
  try {
    toml = parse(readText(path));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split('\n')[0] ?? '';
    throw new ModelsFileProblem(`${path}, line ${error.line}: ${what}`);
  }
  const content = modelsFileSchema.safeParse(toml);
  if (content.success) return content.data;
  throw new ModelsFileProblem(describeModelsFileIssue(path, content.error));
}

/** A name that stood for two models would send a call, and its rights, to either. */
function checkNames(path: string, models: readonly ModelEntry[]): void {
  const ids = new Set<string>();
  for (const { id } of models) {
    if (ids.has(id)) throw new ModelsFileProblem(`${path}: two models have the id '${id}'`);
    ids.add(id);
  }
  const owners = new Map<string, string>();
  for (const { id, aliases = [] } of models) {
    for (const alias of aliases) {
      const owner = owners.get(alias);
      if (ids.has(alias)) throw new ModelsFileProblem(`${path}: the alias '${alias}' of '${id}' is the id of a model`);
      if (owner !== undefined)
        throw new ModelsFileProblem(`${path}: the alias '${alias}' is given twice: to '${owner}' and to '${id}'`);
      owners.set(alias, id);
    }
  }
}

function toSource(path: string, entry: ModelEntry): ModelSource {
  const { id, path: file, chat_template: template, ...settings } = entry;
  const folder = dirname(path);
  return {
    id,
    file: resolve(folder, file),
    settings: {
      aliases: settings.aliases,
      contextSize: settings.context_size,
      sequences: settings.sequences,
      gpuLayers: settings.gpu_layers,
      kvCacheType: settings.kv_cache_type,
      flashAttention: settings.flash_attention,
      defaultMaxTokens: settings.default_max_tokens,
      load: settings.load,
      sharedPrompts: settings.shared_prompts?.map((prompt) => readText(resolve(folder, prompt))),
      embeddingDimensions: settings.embedding_dimensions,
      chatTemplate: template === undefined ? undefined : readText(resolve(folder, template)),
    },
  };
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MAX_FILE_BYTES)
      throw new ModelsFileProblem(`${path} is larger than ${MAX_FILE_BYTES} bytes, which no such file is`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof ModelsFileProblem) throw error;
    throw new ModelsFileProblem(`${path} ${readFailure(error)}`);
  }
}

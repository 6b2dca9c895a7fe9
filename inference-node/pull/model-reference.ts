// What can be pulled: a name of the catalogue, a file on Hugging Face, or a URL. Says where it lies and what is known of it.
import { ggufFileNameSchema } from '../../protocol/catalogue/model-file.ts';
import type { CatalogueModel, ModelCatalogue } from '../../protocol/catalogue/model-catalogue.ts';

export type PullPlan = {
  /** For the downloader. */
  uri: string;
  /** Where it can be asked for beforehand. */
  checkUrl: string;
  /** Null: the downloader's choice. */
  fileName: string | null;
  sizeBytes: number | null;
  /** Hexadecimal. */
  sha256: string | null;
  licence: CatalogueModel['licence'] | null;
};

export type PlanResult = { ok: true; plan: PullPlan } | { ok: false; problem: string };

const HUGGING_FACE_FILE = /^hf:([A-Za-z0-9._-]+)\/([A-Za-z0-9._-]+)\/([A-Za-z0-9._/-]+\.gguf)(?:#([A-Za-z0-9._-]+))?$/;
const HUGGING_FACE_MODEL = /^hf:[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+(?::[A-Za-z0-9._-]+)?$/;
const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Reads a reference. `endpoint` is Hugging Face's URL with its final slash. */
export function planPull(reference: string, catalogue: ModelCatalogue, endpoint: string): PlanResult {
  if (reference.startsWith('hf:')) return planHuggingFace(reference, endpoint);
  if (/^https?:\/\//.test(reference)) return planUrl(reference);
  const model = catalogue.models.find(({ name }) => name === reference);
  if (model === undefined) {
    const names = catalogue.models.map(({ name }) => name).join(', ');
    return refuse(
      `'${reference}' is not in the catalogue (${names}), nor hf:user/repository/file.gguf, nor an https URL`,
    );
  }
  const source = planHuggingFace(model.source, endpoint);
  if (!source.ok) return source;
  const { file: fileName, sizeBytes, sha256, licence } = model;
  return { ok: true, plan: { ...source.plan, fileName, sizeBytes, sha256, licence } };
}

function planHuggingFace(uri: string, endpoint: string): PlanResult {
  if (HUGGING_FACE_MODEL.test(uri)) return { ok: true, plan: unknownFile(uri, endpoint, null) };
  const [, user, repository, path, revision = 'main'] = HUGGING_FACE_FILE.exec(uri) ?? [];
  if (user === undefined || repository === undefined || path === undefined) {
    return refuse(
      `'${uri}' is not of the form hf:user/repository/file.gguf, hf:user/repository/file.gguf#revision or hf:user/repository:quantization`,
    );
  }
  return planFile(uri, `${endpoint}${user}/${repository}/resolve/${revision}/${path}`, path.split('/').at(-1) ?? '');
}

function planUrl(text: string): PlanResult {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return refuse(`'${text}' is not a URL`);
  if (url.protocol !== 'https:' && !LOOPBACK_HOSTS.has(url.hostname)) {
    return refuse(`'${text}' is not encrypted; give an https URL`);
  }
  return planFile(text, text, decodeName(url.pathname.split('/').at(-1) ?? ''));
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // Left as it is, it is no file name.
    return name;
  }
}

function planFile(uri: string, checkUrl: string, fileName: string): PlanResult {
  if (!ggufFileNameSchema.safeParse(fileName).success) {
    return refuse(`'${uri}' does not end in the name of a .gguf file`);
  }
  return { ok: true, plan: unknownFile(uri, checkUrl, fileName) };
}

function unknownFile(uri: string, checkUrl: string, fileName: string | null): PullPlan {
  return { uri, checkUrl, fileName, sizeBytes: null, sha256: null, licence: null };
}

function refuse(problem: string): PlanResult {
  return { ok: false, problem: `${problem}.` };
}

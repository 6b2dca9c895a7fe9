// One download from its plan to a verified file: ask the source, download or go on, verify. Failures are values: one sentence.
import { mkdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadModel, type DownloadedModel, type DownloadProgress } from '../llama-cpp/download-model.ts';
import { checkSource, describeUnreachable } from './check-source.ts';
import type { PullPlan } from './model-reference.ts';
import { verifyFile, type Expectation, type Verification } from './verify-file.ts';

/** A download without a byte for so long is given up; what has come is kept. */
const STALL_MS = 60_000;
/** How long the downloader may take to close what it has written. */
const CLOSING_MS = 1_000;

export type PullOptions = {
  plan: PullPlan;
  directory: string;
  huggingFaceEndpoint: string;
  onProgress: (progress: DownloadProgress) => void;
  /** One line of news for a person. */
  tell: (line: string) => void;
  signal: AbortSignal;
  stallMs?: number;
};

export type PulledModel = {
  /** The file to serve. */
  file: string;
  sizeBytes: number;
  sha256: string;
  /** Whether size or SHA-256 were known beforehand and hold. */
  verified: boolean;
  /** It was here already; nothing was downloaded. */
  present: boolean;
};

export type PullResult = { ok: true; model: PulledModel } | { ok: false; problem: string };

/** Pulls a model. Aborting `signal` keeps what has come; the next pull goes on from there. */
export async function pullModel(options: PullOptions): Promise<PullResult> {
  const { plan, directory, tell } = options;
  await mkdir(directory, { recursive: true });
  const present = await findPresent(plan, directory);
  if (present !== null) return present;
  const source = await checkSource(plan.checkUrl);
  if (!source.ok) return source;
  const { facts } = source;
  if (plan.sizeBytes !== null && facts.sizeBytes !== null && facts.sizeBytes !== plan.sizeBytes) {
    return fail(
      `The file at ${plan.checkUrl} has ${facts.sizeBytes} bytes, the catalogue says ${plan.sizeBytes}: it is not the one that was meant, so it is not downloaded.`,
    );
  }
  const expected: Expectation = { sizeBytes: plan.sizeBytes ?? facts.sizeBytes, sha256: plan.sha256 ?? facts.sha256 };
  const shortage = await findShortage(directory, expected.sizeBytes);
  if (shortage !== null) return fail(shortage);
  const downloaded = await download(options);
  if ('problem' in downloaded) return downloaded;
  tell('Verifying …');
  return verifyDownload(downloaded, plan.fileName === null ? { sizeBytes: null, sha256: null } : expected);
}

/** The file when it is here already, and known to be right without asking anybody. */
async function findPresent({ fileName, sizeBytes, sha256 }: PullPlan, directory: string): Promise<PullResult | null> {
  if (fileName === null || sha256 === null) return null;
  const file = join(directory, fileName);
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile() || found.size !== sizeBytes) return null;
  const verification = await verifyFile(file, { sizeBytes, sha256 });
  if (!verification.ok) {
    if (verification.foreign) await rm(file, { force: true });
    return verification.foreign ? null : verification;
  }
  return { ok: true, model: { ...describeFile(file, verification), verified: true, present: true } };
}

async function findShortage(directory: string, sizeBytes: number | null): Promise<string | null> {
  if (sizeBytes === null) return null;
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= sizeBytes) return null;
  return `${directory} has ${Math.floor(free / 1_000_000)} MB free, the model needs ${Math.ceil(sizeBytes / 1_000_000)} MB; free some space or give --dir DIR.`;
}

async function download(options: PullOptions): Promise<DownloadedModel | Extract<PullResult, { ok: false }>> {
  const { plan, directory, huggingFaceEndpoint, signal, stallMs = STALL_MS } = options;
  const stalled = new AbortController();
  let timer = setTimeout(() => {
    stalled.abort();
  }, stallMs);
  let doneBytes = -1;
  const onProgress = (progress: DownloadProgress) => {
    options.onProgress(progress);
    if (progress.doneBytes === doneBytes) return;
    doneBytes = progress.doneBytes;
    clearTimeout(timer);
    timer = setTimeout(() => {
      stalled.abort();
    }, stallMs);
  };
  const stop = AbortSignal.any([signal, stalled.signal]);
  const { uri, fileName } = plan;
  const work = downloadModel({ uri, directory, fileName, huggingFaceEndpoint, onProgress, signal: stop });
  try {
    return await Promise.race([work, rejectAfterAbort(stop)]);
  } catch (error) {
    if (signal.aborted) return fail('Stopped; what has come is kept: pull it again to go on.');
    if (stalled.signal.aborted) {
      return fail(
        `${new URL(plan.checkUrl).host} sent nothing for ${Math.ceil(stallMs / 1000)} s; what has come is kept: pull it again to go on.`,
      );
    }
    return fail(describeDownloadError(plan, error));
  } finally {
    clearTimeout(timer);
  }
}

/** The downloader closes its file when it hears of an abort, but hears of none while it looks the file up: it gets a moment. */
async function rejectAfterAbort(signal: AbortSignal): Promise<never> {
  if (!signal.aborted)
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
  await new Promise((resolve) => setTimeout(resolve, CLOSING_MS));
  throw new Error('stopped');
}

function describeDownloadError({ checkUrl, uri }: PullPlan, error: unknown): string {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : null;
  const { host } = new URL(checkUrl);
  if (status === 401 || status === 403) {
    return `${host} refuses '${uri}' (${status}): it may ask you to accept a licence there; then set HF_TOKEN to a token of yours.`;
  }
  if (status === 404) return `There is no '${uri}' at ${host}; check the name.`;
  if (status !== null) return `${host} answered ${status} for '${uri}'; try again later.`;
  return describeUnreachable(checkUrl, error);
}

async function verifyDownload({ file, files }: DownloadedModel, expected: Expectation): Promise<PullResult> {
  const [only, ...more] = files;
  // Of a model in parts the sizes are what the server told; a digest is known of single files only.
  const known: Expectation =
    more.length === 0
      ? { ...expected, sizeBytes: expected.sizeBytes ?? (only?.totalBytes || null) }
      : { sizeBytes: null, sha256: null };
  const verification = await verifyFile(file, known);
  if (verification.ok) {
    const verified = known.sha256 !== null || known.sizeBytes !== null;
    return { ok: true, model: { ...describeFile(file, verification), verified, present: false } };
  }
  if (!verification.foreign) return fail(verification.problem);
  await rm(file, { force: true });
  return fail(`${verification.problem} It was removed; pull it again.`);
}

function describeFile(file: string, { sizeBytes, sha256 }: Extract<Verification, { ok: true }>) {
  return { file, sizeBytes, sha256 };
}

function fail(problem: string): Extract<PullResult, { ok: false }> {
  return { ok: false, problem };
}

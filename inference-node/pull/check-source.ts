// Asks the source of a download before it starts: is it there, how large is it, which SHA-256 does it claim? The downloader
// retries for minutes where this says in one sentence that there is no network. The one place of the node that fetches.

export type SourceFacts = { sizeBytes: number | null; sha256: string | null };
export type SourceResult = { ok: true; facts: SourceFacts } | { ok: false; problem: string };

/** A server that says nothing for so long is not there. */
const ANSWER_TIMEOUT_MS = 15_000;

/**
 * Reads the size from `Content-Range`. Hugging Face tells size and SHA-256 of large files in `x-linked-size` and
 * `x-linked-etag`, on the redirect itself (as its own client reads them,
 * https://github.com/huggingface/huggingface_hub/blob/main/src/huggingface_hub/constants.py).
 */
export async function checkSource(url: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<SourceResult> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { range: 'bytes=0-0', 'accept-encoding': 'identity' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    return { ok: false, problem: describeUnreachable(url, error) };
  }
  await response.body?.cancel();
  if (response.status === 404) return { ok: false, problem: `There is no file at ${url}; check the name.` };
  // Anything else is the downloader's to judge: it may hold a token that this question did not carry.
  const { headers } = response;
  const size = headers.get('x-linked-size') ?? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  const digest = /^"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? '')?.[1];
  return { ok: true, facts: { sizeBytes: size === undefined ? null : Number(size), sha256: digest ?? null } };
}

/** One sentence for a server that cannot be reached. */
export function describeUnreachable(url: string, error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
  return `${new URL(url).host} cannot be reached (${code}): is this machine online? Models that are here already need no network: hearthkey up --model FILE.`;
}

// Asks the gateway for a short JSON. Bounded in time and size; what is secret in the question goes nowhere else.
import { parseJson } from '../../protocol/parse-json.ts';

const TIMEOUT_MS = 10_000;
/** Eight keys of a few hundred characters, and what is around them. */
const MAX_LENGTH = 16_384;

/** `value` is undefined when the body is no JSON, or too long. */
export type GatewayJson = { status: number; value: unknown };

/** Null: nobody answered. Never rejects. */
export async function fetchGatewayJson(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<GatewayJson | null> {
  try {
    // A cache in between might have the keys of before.
    const init = { headers: { ...headers, 'cache-control': 'no-cache' }, redirect: 'error' } as const;
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, value: parseJson(await readText(response)) };
  } catch {
    return null;
  }
}

async function readText(response: Response): Promise<string> {
  let text = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.length > MAX_LENGTH) return '';
  }
  return text;
}

// A request's body as a JSON value: of the right type, within the cap, counted while it is read. Nothing of it is echoed.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { nextChunk } from '../streams/next-chunk.ts';
import { dropRest } from './drop-unread-body.ts';

/** `application/json`, with or without the one charset that JSON has. */
const JSON_TYPE = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Resolves to the parsed value. Throws `unsupported_media_type`, `payload_too_large` (after dropping the rest),
 * `invalid_json` (also for an empty body, and for bytes that are not UTF-8), `client_closed_request` for a broken upload.
 */
export async function readJsonBody(request: Request, maxBytes: number): Promise<unknown> {
  const { headers } = request;
  if (!JSON_TYPE.test(headers.get('content-type') ?? '')) throw new ApiError('unsupported_media_type');
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    throw new ApiError('unsupported_media_type', { message: 'Send the body without content-encoding.' });
  }
  const bytes = await readBytes(request, maxBytes).catch(giveUp);
  if (bytes.byteLength === 0)
    throw new ApiError('invalid_json', { message: 'The request has no body. Send a JSON object.' });
  return parseJson(bytes);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new ApiError('invalid_json');
  }
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  // The usual case, natively, and without touching `body`, which would make a stream of it first. The server holds a client to
  // its content-length.
  if (announced !== null && Number(announced) <= maxBytes) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
    return bytes;
  }
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = await nextChunk(reader);
    if (chunk === null) return joinPieces(pieces, length);
    length += chunk.byteLength;
    if (length > maxBytes) {
      await dropRest(reader);
      throw tooLarge(maxBytes);
    }
    pieces.push(chunk);
  }
}

function joinPieces(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole;
}

function giveUp(error: unknown): never {
  if (error instanceof ApiError) throw error;
  throw new ApiError('client_closed_request', { reason: 'the upload broke off' });
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('payload_too_large', {
    message: `The request body is too large. The limit is ${maxBytes} bytes.`,
  });
}

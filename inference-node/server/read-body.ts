// A request's whole body, capped.
import { ApiError } from '../../protocol/errors/api-error.ts';

/** Reads the body; throws `payload_too_large` beyond `maxBytes`, as soon as that is known. */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  const chunked = request.headers.has('transfer-encoding');
  if (request.method === 'GET' || request.method === 'HEAD') {
    // The server's adapter hides such a body, so its digest could not be checked.
    if (chunked || (declared ?? '0') !== '0')
      throw new ApiError('invalid_request', { message: 'A GET has no body here.' });
    return new Uint8Array();
  }
  if (Number(declared) > maxBytes) throw tooLarge(maxBytes);
  try {
    // Node's parser holds a body to its declared length.
    return chunked ? await readChunks(request, maxBytes) : new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    if (error instanceof ApiError || !request.signal.aborted) throw error;
    throw new ApiError('client_closed_request');
  }
}

async function readChunks(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('payload_too_large', { message: `The request body is larger than ${maxBytes} bytes.` });
}

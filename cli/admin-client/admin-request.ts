// One call to the admin API: built, sent with the admin token, its answer checked. What goes wrong becomes a sentence with the
// way out. Redirects are refused: the token goes where the operator said and nowhere else.
import type * as z from 'zod';
import { errorBodySchema } from '../../protocol/errors/error-body.ts';
import { AdminFailure } from './admin-failure.ts';

/** Long enough for a gateway at the edge that wakes its objects; in milliseconds. */
const ADMIN_TIMEOUT_MS = 30_000;

export type AdminTarget = {
  /** URL without a slash at the end. */
  gateway: string;
  /** Secret. */
  token: string;
};

export type AdminCall<T extends z.ZodType> = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  path: string;
  body?: unknown;
  answer: T;
};

/** Makes the call. Throws an `AdminFailure` for everything that the operator can mend. */
export async function adminRequest<T extends z.ZodType>(target: AdminTarget, call: AdminCall<T>): Promise<z.infer<T>> {
  const response = await send(target, call);
  const answer = await readJson(response);
  if (!response.ok) throw refused(target, response, answer);
  const parsed = call.answer.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new AdminFailure(
    'refused',
    `${target.gateway} answered in an unexpected way; is it a Hearthkey gateway of this version?`,
  );
}

/** Reads what is not JSON, as it is. Throws as `adminRequest` does. */
export async function adminTextRequest(target: AdminTarget, path: string): Promise<string> {
  const response = await send(target, { method: 'GET', path });
  if (!response.ok) throw refused(target, response, await readJson(response));
  return response.text();
}

type SentCall = Omit<AdminCall<z.ZodType>, 'answer'>;

async function send({ gateway, token }: AdminTarget, call: SentCall): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'application/json, text/csv' };
  const init: RequestInit = {
    method: call.method,
    headers,
    redirect: 'error',
    signal: AbortSignal.timeout(ADMIN_TIMEOUT_MS),
  };
  if (call.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(call.body);
  }
  try {
    return await fetch(gateway + call.path, init);
  } catch {
    throw new AdminFailure(
      'unreachable',
      `No gateway answers at ${gateway}; start one with \`npm start\`, or say where it is with --gateway URL or HEARTHKEY_GATEWAY.`,
    );
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function refused({ gateway }: AdminTarget, response: Response, answer: unknown): AdminFailure {
  const error = errorBodySchema.safeParse(answer).data?.error;
  if (error === undefined) {
    return new AdminFailure(
      'refused',
      `${gateway} answered ${response.status} in an unexpected way; is it a Hearthkey gateway?`,
    );
  }
  if (error.code === 'invalid_admin_token') {
    return new AdminFailure(
      'wrong_token',
      `${gateway} does not accept this admin token; give the right one with --admin-token-file or HEARTHKEY_ADMIN_TOKEN, or make a new one with \`hearthkey admin reset\`.`,
    );
  }
  const requestId = response.headers.get('x-request-id');
  const quote = response.status >= 500 && requestId !== null ? ` (request ${requestId})` : '';
  return new AdminFailure(error.code === 'not_found' ? 'not_found' : 'refused', `${error.message}${quote}`);
}

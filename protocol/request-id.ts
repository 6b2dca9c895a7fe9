// Ids of requests and calls. The request id is for people (a caller may bring its own); the call id is minted by the
// gateway and is the only key of lease, journal and settlement.
import * as z from 'zod';
import { randomId } from './credentials/credential.ts';

const MAX_REQUEST_ID_LENGTH = 128;

/** What a caller may send as `x-request-id`: visible ASCII without quotes, at most 128 characters. */
export const requestIdSchema = z
  .string()
  .max(MAX_REQUEST_ID_LENGTH)
  .regex(/^[A-Za-z0-9._:/+=@-]+$/);

/** The gateway's own id of one call. */
export const callIdSchema = z.string().regex(/^call_[0-9A-Za-z]{16}$/);

/** A fresh request id, e.g. `req_0Zk3…`. */
export function mintRequestId(): string {
  return `req_${randomId()}`;
}

/** A fresh call id, e.g. `call_7Qa1…`. */
export function mintCallId(): string {
  return `call_${randomId()}`;
}

// The error that a caller is meant to see. Everything else that is thrown is a bug: it is logged with its stack and
// answered by `internal_error`.
import { errorRule, type ErrorCode } from './error-codes.ts';

export type ApiErrorOptions = {
  /** Replaces the table's message. Must hold no secret, prompt, completion or upstream text. */
  message?: string;
  /** The request field at fault, in the form `messages[0].content`. */
  param?: string;
  /** Seconds until a retry makes sense; sent as `Retry-After`. Null: this very request will never succeed. */
  retryAfterSeconds?: number | null;
  /** Why, in our own words, for the log only. */
  reason?: string;
};

/** How long to wait before a retry when nothing better is known, in seconds. */
export const DEFAULT_RETRY_AFTER_SECONDS = 2;

/** Waits of this many seconds are not worth an automatic retry by OpenAI's clients. */
const LONG_WAIT_SECONDS = 60;

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly param: string | null;
  /** Null for errors that a retry does not mend. */
  readonly retryAfterSeconds: number | null;
  readonly reason: string | null;

  constructor(code: ErrorCode, options: ApiErrorOptions = {}) {
    const rule = errorRule(code);
    super(options.message ?? rule.message);
    this.code = code;
    this.param = options.param ?? null;
    const { retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS } = options;
    this.retryAfterSeconds = rule.retryable ? retryAfterSeconds : null;
    this.reason = options.reason ?? null;
  }

  /** A status that clients usually retry, but not this time: it will never pass, or not for so long that nobody should sleep for it. */
  get retryIsPointless(): boolean {
    const seconds = this.retryAfterSeconds;
    const isRetried = errorRule(this.code).retryable || this.status >= 500;
    return isRetried && (seconds === null || seconds >= LONG_WAIT_SECONDS);
  }

  /** HTTP status, from the table. */
  get status(): number {
    return errorRule(this.code).status;
  }
}

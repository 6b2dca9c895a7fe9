import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { errorBodySchema, renderErrorBody } from '../../../protocol/errors/error-body.ts';
import { ERROR_CODES, errorRule } from '../../../protocol/errors/error-codes.ts';

describe('every error of the table', () => {
  it.for(ERROR_CODES)('%s has an error status, a sentence, and Retry-After exactly when a retry can help', (code) => {
    const rule = errorRule(code);
    expect(rule.status).toBeGreaterThanOrEqual(400);
    expect(rule.message).toMatch(/\.$|…".$/);
    expect(new ApiError(code).retryAfterSeconds !== null).toBe(rule.retryable);
    expect(errorBodySchema.parse(renderErrorBody(new ApiError(code))).error.code).toBe(code);
  });

  it('keeps the reason for the log out of the body', () => {
    const body = renderErrorBody(new ApiError('invalid_api_key', { reason: 'the key was revoked' }));
    expect(JSON.stringify(body)).not.toContain('revoked');
  });
});

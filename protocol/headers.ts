// Header names that are ours. What crosses between gateway and node is built header by header where it is sent; nothing else is
// passed on.

/** Our own ids and hints, as clients see them. */
export const HEADER = {
  requestId: 'x-request-id',
  /** The caller's own id, echoed, when it sent a valid one. */
  clientRequestId: 'x-client-request-id',
  callId: 'x-hearthkey-call-id',
  /** On answers to a secret that was rotated out: the date after which it stops working. */
  rotateBy: 'x-hearthkey-rotate-by',
  /** Tells OpenAI's clients whether to retry. */
  shouldRetry: 'x-should-retry',
} as const;

/** Between node and gateway only; the gateway takes them off. Counts and times stand on answers that are not streams. */
export const NODE_HEADER = {
  bootId: 'x-hearthkey-boot-id',
  promptTokens: 'x-hearthkey-prompt-tokens',
  cachedTokens: 'x-hearthkey-cached-tokens',
  completionTokens: 'x-hearthkey-completion-tokens',
  /** Milliseconds from acceptance to the first token; absent when there was none. */
  firstTokenMs: 'x-hearthkey-first-token-ms',
} as const;

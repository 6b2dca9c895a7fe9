// Between the gateway and its own NodeLink objects; neither a client nor a node can send or answer them.

/** The digest of a node token that was found good: opens the link. */
export const LINK_TOKEN_DIGEST_HEADER = 'x-hearthkey-link-token-digest';
/** On an answer that is not the node's: why there is none. */
export const LINK_FAILURE_HEADER = 'x-hearthkey-link-failure';

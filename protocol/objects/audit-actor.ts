// Who does an administrative act, as the audit log keeps it.

export type AuditActor = {
  /** Id of the admin token; `system`: the gateway itself. */
  tokenId: string;
  tokenName: string;
  /** The client's address, where the operator said whom to believe about it. */
  address: string | null;
  requestId: string | null;
};

// A call that was admitted and is under way: its lease, as the account knows it, and how its end is to be told.
import type { KeyPriority } from '../../../protocol/admin/key-priority.ts';
import type { CallCounts } from '../openai-origin/call-counts.ts';
import type { Lease } from '../../../protocol/objects/account-admission.ts';

export type HeldCall = {
  accountId: string;
  /** Another one when the call goes on at another node. */
  lease: Lease;
  priority: KeyPriority;
  /**
   * What it costs, where the answer itself tells (null: there was none); null: the node's headers or its journal do. Set anew by each
   * attempt.
   */
  counts: Promise<CallCounts | null> | null;
  /** `now`: others may wait for what it gives back. */
  settle: 'now' | 'batched';
};

// The one question on every call's way: may this secret make this call now? Asked of the Account object, judged there
// atomically. A permission may be used again for as long as its permit says, and no longer.

/** What a call wants to do. `list-models` touches no model. */
export type AdmissionScope = 'inference' | 'list-models';

export type AdmitRequest = {
  /** Minted by the gateway; the only name that lease, journal and settlement use. */
  callId: string;
  keyId: string;
  /** SHA-256 of the presented key, base64url: says which of the key's secrets it is. */
  secretDigest: string;
  scope: AdmissionScope;
  /** The model that the call would use; null for `list-models`, and when no node serves what was asked for. */
  model: string | null;
  /** The node chosen for the call, and the attempt (1 for the first); null when there is none. */
  nodeId: string | null;
  attempt: number;
  /** The most tokens that the call may cost: an estimate for the prompt, and `max_tokens`. */
  estimate: { promptTokens: number; completionTokens: number };
};

/**
 * Why a call was refused. All of `unknown_key` … `user_disabled` look the same from outside; `model_not_allowed` looks
 * like a model that does not exist. The log tells them apart.
 */
export type AdmitRefusal =
  'unknown_key' | 'unknown_secret' | 'key_revoked' | 'key_expired' | 'user_disabled' | 'model_not_allowed';

export type AdmitResult =
  | {
      admitted: true;
      /** The models that this key may use; null: all. */
      models: string[] | null;
      /**
       * For how many milliseconds, counted from before the question was sent, the same secret may go on without asking; 0: not
       * at all. Whatever takes rights away is acknowledged only after every permit has run out.
       */
      permitMs: number;
    }
  | { admitted: false; reason: AdmitRefusal };

/** The part of the Account object that the path of a call uses. */
export interface AccountAdmission {
  /** Judges and, when admitted, registers the call. Synchronous inside: no `await` between read and write. */
  admit(request: AdmitRequest): Promise<AdmitResult>;
}

// Calls that wait, account by account in turn; within one account, first come first served.

export class AccountRound<Waiting extends { request: { account: string } }> {
  /** Accounts in the order of their turn. */
  readonly #byAccount = new Map<string, Waiting[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  waitingOf(account: string): number {
    return this.#byAccount.get(account)?.length ?? 0;
  }

  push(call: Waiting): void {
    const calls = this.#byAccount.get(call.request.account);
    if (calls === undefined) this.#byAccount.set(call.request.account, [call]);
    else calls.push(call);
    this.#length++;
  }

  /** The next call; its account goes to the end of the round. */
  shift(): Waiting | null {
    for (const [account, calls] of this.#byAccount) {
      this.#byAccount.delete(account);
      const call = calls.shift();
      if (call === undefined) continue;
      if (calls.length > 0) this.#byAccount.set(account, calls);
      this.#length--;
      return call;
    }
    return null;
  }

  /** Takes a waiting call out; false when it does not wait here. */
  remove(call: Waiting): boolean {
    const calls = this.#byAccount.get(call.request.account);
    const at = calls?.indexOf(call) ?? -1;
    if (calls === undefined || at === -1) return false;
    calls.splice(at, 1);
    if (calls.length === 0) this.#byAccount.delete(call.request.account);
    this.#length--;
    return true;
  }
}

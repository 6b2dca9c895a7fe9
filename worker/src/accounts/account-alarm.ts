// The one alarm of an account: always at the earliest of what is due, and set no more often than that changes.

/** After a failure that no item of the alarm's work accounts for. */
const RETRY_MS = 60_000;

export class AccountAlarm {
  readonly #storage: DurableObjectStorage;
  readonly #dueTimes: () => (number | null)[];
  /** What it is set to, as far as this instance knows. */
  #armedMs: number | null = null;

  /** `dueTimes`: when each part has something to do, in Unix milliseconds; null: it has nothing. */
  constructor(storage: DurableObjectStorage, dueTimes: () => (number | null)[]) {
    this.#storage = storage;
    this.#dueTimes = dueTimes;
  }

  /** Sets it to the earliest of what is due. */
  async arm(options: DurableObjectSetAlarmOptions = {}): Promise<void> {
    const dueMs = this.#nextDueMs();
    if (dueMs === null || (this.#armedMs !== null && this.#armedMs <= dueMs)) return;
    this.#armedMs = dueMs;
    await this.#storage.setAlarm(dueMs, options);
  }

  /** An alarm is lost when an older release refused this schema six times over. */
  async armIfForgotten(): Promise<void> {
    if (this.#nextDueMs() !== null && (await this.#storage.getAlarm()) === null) await this.arm();
  }

  /** It has gone off, and is set to nothing. */
  goneOff(): void {
    this.#armedMs = null;
  }

  /** Sets it for another try. */
  async retryLater(): Promise<void> {
    await this.#storage.setAlarm(Date.now() + RETRY_MS);
  }

  #nextDueMs(): number | null {
    const due = this.#dueTimes().filter((time) => time !== null);
    return due.length === 0 ? null : Math.min(...due);
  }
}

// The way to an account's tables. Before the account is opened there are none: reads find nothing. Counts the writes, so that
// what was read can be remembered until the next one: the object is the only one who writes.

export class AccountSql {
  readonly #sql: SqlStorage;
  #isOpen: boolean;
  #writes = 0;

  constructor(sql: SqlStorage, isOpen: boolean) {
    this.#sql = sql;
    this.#isOpen = isOpen;
  }

  /** Whether the account was ever opened: then its tables are there. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How many writes there were: what was read at the same number still holds. */
  get writes(): number {
    return this.#writes;
  }

  /** The tables have been made. */
  markOpen(): void {
    this.#isOpen = true;
  }

  read<Row extends Record<string, SqlStorageValue>>(query: string, ...values: SqlStorageValue[]): Row[] {
    return this.#isOpen ? this.#sql.exec<Row>(query, ...values).toArray() : [];
  }

  /** Runs a statement that writes; resolves to what it returns. */
  write<Row extends Record<string, SqlStorageValue>>(statement: string, ...values: SqlStorageValue[]): Row[] {
    this.#writes += 1;
    return this.#sql.exec<Row>(statement, ...values).toArray();
  }
}

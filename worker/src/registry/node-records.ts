// Nodes as rows: how each is reached, what it may be given, and the digests of the tokens of those that dial in. A rotated token keeps
// its former secret until its grace ends. Reads and writes, all synchronous; what may be done with them is node-administration.ts's.
import * as z from 'zod';
import type { NodeRecord, NodeSettings } from '../../../protocol/objects/registry-administration.ts';
import { RotatedTokens, tokenTimes, type TokenRow } from './rotated-tokens.ts';

const modelsSchema = z.array(z.string());
const settingSchema = z.int().nullable();
const serverSchema = z.object({
  sealedBearer: z.string().nullable(),
  contextLength: settingSchema,
  maxTokens: settingSchema,
  sequences: settingSchema,
});

type NodeRow = TokenRow & {
  kind: NodeSettings['kind'];
  origin: string | null;
  server: string | null;
  models: string | null;
  weight: number;
  draining: number;
};

export class NodeRecords {
  readonly #sql: SqlStorage;
  readonly #tokens: RotatedTokens<NodeRow>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#tokens = new RotatedTokens(sql, 'nodes');
  }

  /** Whose token has this digest, or had it before a rotation whose grace lasts. Notes the use, at most once a minute. */
  authenticate(digest: string, now: number): { nodeId: string } | null {
    const row = this.#tokens.authenticate(digest, now);
    return row === null ? null : { nodeId: row.id };
  }

  /** By id. */
  list(now: number): NodeRecord[] {
    const rows = this.#sql.exec<NodeRow>('SELECT * FROM nodes ORDER BY id').toArray();
    return rows.map((row) => toRecord(row, now));
  }

  read(id: string, now: number): NodeRecord | null {
    const [row] = this.#sql.exec<NodeRow>('SELECT * FROM nodes WHERE id = ?', id).toArray();
    return row === undefined ? null : toRecord(row, now);
  }

  count(): number {
    return this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM nodes').one().count;
  }

  insert(node: NodeSettings & { nodeId: string; digest: string | null }, now: number): void {
    const { nodeId, kind, origin, server, digest, models, weight } = node;
    this.#sql.exec(
      'INSERT INTO nodes (id, kind, origin, server, digest, models, weight, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ...[nodeId, kind, origin, writeJson(server), digest, writeJson(models), weight, now],
    );
  }

  /** Sets what may change of it. */
  write(id: string, { models, weight, draining, server }: Omit<NodeRecord, 'nodeId'>): void {
    const update = 'UPDATE nodes SET models = ?, weight = ?, draining = ?, server = ? WHERE id = ?';
    this.#sql.exec(update, writeJson(models), weight, draining ? 1 : 0, writeJson(server), id);
  }

  /** `formerEndsAt` null: the former token ends now. One that was former before ends in any case. */
  rotate(id: string, digest: string, formerEndsAt: number | null, now: number): void {
    this.#tokens.rotate(id, digest, formerEndsAt, now);
  }

  delete(id: string): void {
    this.#sql.exec('DELETE FROM nodes WHERE id = ?', id);
  }
}

function writeJson(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function toRecord(row: NodeRow, now: number): NodeRecord {
  const { kind, origin, weight } = row;
  return {
    nodeId: row.id,
    kind,
    origin,
    server: row.server === null ? null : serverSchema.parse(JSON.parse(row.server)),
    models: row.models === null ? null : modelsSchema.parse(JSON.parse(row.models)),
    weight,
    draining: row.draining !== 0,
    ...tokenTimes(row, now),
  };
}

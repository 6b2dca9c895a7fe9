// The admin API as functions, by resource. Every path of it is in this folder, in the file of its resource.
import { AdminTokensClient } from './admin-tokens-client.ts';
import { adminRequest, type AdminTarget } from './admin-request.ts';
import { AuditClient } from './audit-client.ts';
import { checkListSchema, type Check } from '../../protocol/admin/check.ts';
import { BackupClient } from './backup-client.ts';
import { KeysClient } from './keys-client.ts';
import { NodesClient } from './nodes-client.ts';
import { UsageClient } from './usage-client.ts';
import { UsersClient } from './users-client.ts';

export class AdminClient {
  readonly users: UsersClient;
  readonly keys: KeysClient;
  readonly tokens: AdminTokensClient;
  readonly nodes: NodesClient;
  readonly usage: UsageClient;
  readonly audit: AuditClient;
  readonly backup: BackupClient;
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
    this.users = new UsersClient(target);
    this.keys = new KeysClient(target);
    this.tokens = new AdminTokensClient(target);
    this.nodes = new NodesClient(target);
    this.usage = new UsageClient(target);
    this.audit = new AuditClient(target);
    this.backup = new BackupClient(target);
  }

  /** What the gateway finds when it tries its own parts. */
  async checks(): Promise<Check[]> {
    return (await adminRequest(this.#target, { method: 'GET', path: '/admin/checks', answer: checkListSchema })).data;
  }
}

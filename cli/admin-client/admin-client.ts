// The admin API as functions, by resource. Every path of it is in this folder, in the file of its resource.
import { AdminTokensClient } from './admin-tokens-client.ts';
import type { AdminTarget } from './admin-request.ts';
import { AuditClient } from './audit-client.ts';
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

  constructor(target: AdminTarget) {
    this.users = new UsersClient(target);
    this.keys = new KeysClient(target);
    this.tokens = new AdminTokensClient(target);
    this.nodes = new NodesClient(target);
    this.usage = new UsageClient(target);
    this.audit = new AuditClient(target);
    this.backup = new BackupClient(target);
  }
}

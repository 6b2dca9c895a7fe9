// Every route of the gateway. What is not here does not exist.
import { adminAuditRoutes } from './admin-audit.ts';
import { adminBackupRoutes } from './admin-backup.ts';
import { adminChecksRoute } from './admin-checks.ts';
import { adminKeyActRoutes } from './admin-key-acts.ts';
import { adminKeyRoutes } from './admin-keys.ts';
import { adminMetricsRoute } from './admin-metrics.ts';
import { adminNodeRoutes } from './admin-nodes.ts';
import { adminTokenRoutes } from './admin-tokens.ts';
import { adminUsageRoute } from './admin-usage.ts';
import { adminUserRoutes } from './admin-users.ts';
import { chatCompletionsRoute } from './chat-completions.ts';
import { completionsRoute } from './completions.ts';
import type { AnyRoute } from './define-route.ts';
import { documentationRoutes } from './documentation.ts';
import { embeddingsRoute } from './embeddings.ts';
import { gatewayKeysRoute } from './gateway-keys.ts';
import { healthRoute } from './health.ts';
import { modelRoutes } from './models.ts';
import { nodeLinkRoute } from './node-link.ts';
import { ownKeyRoute } from './own-key.ts';
import { predictRoute } from './predict.ts';
import { tokenRoutes } from './tokens.ts';

export const routes: readonly AnyRoute[] = [
  chatCompletionsRoute,
  completionsRoute,
  embeddingsRoute,
  ...tokenRoutes,
  predictRoute,
  ...modelRoutes,
  ownKeyRoute,
  ...adminUserRoutes,
  ...adminKeyRoutes,
  ...adminKeyActRoutes,
  ...adminTokenRoutes,
  ...adminNodeRoutes,
  adminUsageRoute,
  adminMetricsRoute,
  adminChecksRoute,
  ...adminAuditRoutes,
  ...adminBackupRoutes,
  nodeLinkRoute,
  gatewayKeysRoute,
  healthRoute,
  ...documentationRoutes(() => routes),
];

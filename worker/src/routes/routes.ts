// Every route of the gateway. What is not here does not exist.
import { adminKeyRoutes } from './admin-keys.ts';
import { resetAdminTokenRoute } from './admin-token.ts';
import { adminUserRoutes } from './admin-users.ts';
import { chatCompletionsRoute } from './chat-completions.ts';
import { completionsRoute } from './completions.ts';
import type { AnyRoute } from './define-route.ts';
import { documentationRoutes } from './documentation.ts';
import { healthRoute } from './health.ts';
import { modelRoutes } from './models.ts';
import { ownKeyRoute } from './own-key.ts';
import { predictRoute } from './predict.ts';

export const routes: readonly AnyRoute[] = [
  chatCompletionsRoute,
  completionsRoute,
  predictRoute,
  ...modelRoutes,
  ownKeyRoute,
  ...adminUserRoutes,
  ...adminKeyRoutes,
  resetAdminTokenRoute,
  healthRoute,
  ...documentationRoutes(() => routes),
];

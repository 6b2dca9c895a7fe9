// The gateway, as a table of contents: what every request passes, in this order, and the routes.
import { Hono } from 'hono';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { GatewayConfig } from './config/gateway-config-schema.ts';
import { developmentOnly } from './dev-mode/development-only.ts';
import { guardAttempts } from './middleware/attempt-guard.ts';
import { canonicalPath } from './middleware/canonical-path.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { dropUnreadBody } from './middleware/drop-unread-body.ts';
import { handleError } from './middleware/error-handler.ts';
import type { GatewayHonoEnv } from './middleware/gateway-context.ts';
import { requestLog, type RequestLogOptions } from './middleware/request-log.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { shareConfig } from './middleware/share-config.ts';
import { LogLines } from './middleware/log-lines.ts';
import { formatLogLine } from './middleware/log-line.ts';
import { registerRoutes } from './routes/register-routes.ts';
import { routes } from './routes/routes.ts';

export type GatewayApp = Hono<GatewayHonoEnv>;

/** Builds the gateway for some settings. */
export function createApp(config: GatewayConfig, write: RequestLogOptions['write'] = toLogLines(config)): GatewayApp {
  // Hono's fastest router alone: paths that it cannot tell apart are an error here, not a slow detour at every request.
  const app: GatewayApp = new Hono({ router: new RegExpRouter() });
  app.use(shareConfig(config));
  app.use(requestLog({ write }));
  app.use(securityHeaders());
  app.use(dropUnreadBody());
  if (config.devApiKey !== null) app.use(developmentOnly(config.devApiKey));
  if (config.allowedOrigins.length > 0) app.use(crossOrigin(config.allowedOrigins));
  app.use(canonicalPath());
  app.use(guardAttempts(config.adminTokenDigest));
  registerRoutes(app, routes);
  app.notFound(() => {
    throw new ApiError('unknown_url');
  });
  app.onError(handleError);
  return app;
}

function toLogLines({ logBatchMs }: GatewayConfig): RequestLogOptions['write'] {
  const lines = new LogLines({ batchMs: logBatchMs });
  return (record, waitUntil) => {
    lines.add(formatLogLine(record), waitUntil);
  };
}

// The node's HTTP surface, as a table of contents: what is open, then the signature check, then everything else.
import { Hono, type Handler } from 'hono';
import { ApiError } from '../../protocol/errors/api-error.ts';
import { NODE_PATH } from '../../protocol/node/node-api.ts';
import { createErrorHandler } from './error-handler.ts';
import { answerIds } from './middleware/answer-ids.ts';
import { observeRequests } from './middleware/observe-requests.ts';
import { requireSignature } from './middleware/require-signature.ts';
import type { NodeEnv, NodeServices } from './node-services.ts';
import { chatCompletions } from './routes/chat-completions.ts';
import { completions } from './routes/completions.ts';
import { detokenize } from './routes/detokenize.ts';
import { embeddings } from './routes/embeddings.ts';
import { healthLive, healthReady } from './routes/health.ts';
import { showMetrics } from './routes/metrics.ts';
import { listModels, showModel } from './routes/models.ts';
import { acknowledgeJournal, listJournal } from './routes/node-journal.ts';
import { nodeStatus } from './routes/node-status.ts';
import { tokenize } from './routes/tokenize.ts';

/** Builds the app. It needs the Node server's bindings (node-http-server.ts). */
export function createNodeApp(services: NodeServices): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  app.onError(createErrorHandler(services.log));
  app.notFound(() => {
    throw new ApiError('unknown_url', { message: 'Unknown request URL.' });
  });
  app.use(answerIds(services.bootId));
  app.use(observeRequests(services.metrics, services.log));

  app.get('/health/live', healthLive());
  app.get('/health/ready', healthReady(services));
  app.get('/metrics', showMetrics(services.metrics));

  app.use(requireSignature(services));
  app.post(NODE_PATH.chatCompletions, chatCompletions(services));
  app.post(NODE_PATH.completions, completions(services));
  app.post(NODE_PATH.embeddings, embeddings(services));
  app.post(NODE_PATH.tokenize, tokenize(services));
  app.post(NODE_PATH.detokenize, detokenize(services));
  app.get(NODE_PATH.models, listModels(services.engine));
  app.get(`${NODE_PATH.models}/:id{.+}`, showModel(services.engine));
  app.get(NODE_PATH.status, nodeStatus(services));
  app.get(NODE_PATH.journal, listJournal(services.journal));
  app.post(NODE_PATH.journalAck, acknowledgeJournal(services.journal));
  for (const path of [...Object.values(NODE_PATH), `${NODE_PATH.models}/:id{.+}`]) app.all(path, refuseMethod);
  return app;
}

const refuseMethod: Handler<NodeEnv> = () => {
  throw new ApiError('method_not_allowed');
};

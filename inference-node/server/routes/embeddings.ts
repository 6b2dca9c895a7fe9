// POST /v1/embeddings
import type { Handler } from 'hono';
import { embeddingsRequestSchema } from '../../../protocol/inference/embeddings.ts';
import { NODE_HEADER } from '../../../protocol/headers.ts';
import { askerOf } from '../answer-question.ts';
import { beginCall, callerOf } from '../begin-call.ts';
import { embedInputs } from '../embed-inputs.ts';
import { embeddingsBody } from '../embeddings-body.ts';
import type { NodeEnv, NodeServices } from '../node-services.ts';
import { parseJsonBody } from '../parse-json-body.ts';
import { explainFailure } from '../stop-reason.ts';

export function embeddings(services: NodeServices): Handler<NodeEnv> {
  return async function createEmbeddings(context) {
    const { body, claims } = context.get('call');
    const request = parseJsonBody(body, claims.cty, embeddingsRequestSchema);
    const { model, input: inputs, dimensions = null, encoding_format: encoding = 'float' } = request;
    const [identity, asker, requestId] = [callerOf(context), askerOf(context, model), context.get('requestId')];
    const { controller, end } = beginCall(services, context);
    try {
      const call = { identity, asker, inputs, dimensions, requestId };
      const { vectors, promptTokens } = await embedInputs(services, call, controller.signal);
      context.header(NODE_HEADER.promptTokens, String(promptTokens));
      context.header(NODE_HEADER.cachedTokens, '0');
      context.header(NODE_HEADER.completionTokens, '0');
      context.header('content-type', 'application/json');
      return context.body(embeddingsBody({ model, vectors, promptTokens, encoding }));
    } catch (error) {
      throw explainFailure(controller.signal, error);
    } finally {
      end();
    }
  };
}

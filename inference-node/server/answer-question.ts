// Answers a call that asks a model and generates nothing. It costs no tokens, which its headers say.
import type { Context } from 'hono';
import { DEFAULT_PRIORITY } from '../../protocol/admin/key-priority.ts';
import { NODE_HEADER } from '../../protocol/headers.ts';
import type { AnswerTo, Asker, QuestionOf, QuestionType } from '../engine/model-questions.ts';
import { beginCall, callerOf } from './begin-call.ts';
import type { NodeEnv, NodeServices } from './node-services.ts';
import { explainFailure } from './stop-reason.ts';

/** Who asks which model, by the call's claims. */
export function askerOf(context: Context<NodeEnv>, model: string): Asker {
  const { account } = callerOf(context);
  return { account, priority: context.get('call').claims.pri ?? DEFAULT_PRIORITY, model };
}

/** Throws an `ApiError` for everything that goes wrong. */
export async function answerQuestion<Type extends QuestionType>(
  services: NodeServices,
  context: Context<NodeEnv>,
  model: string,
  question: QuestionOf<Type>,
): Promise<AnswerTo<Type>> {
  const asker = askerOf(context, model);
  const { controller, end } = beginCall(services, context);
  try {
    const answer = await services.engine.ask<Type>(asker, question, controller.signal);
    for (const name of [NODE_HEADER.promptTokens, NODE_HEADER.cachedTokens, NODE_HEADER.completionTokens]) {
      context.header(name, '0');
    }
    return answer;
  } catch (error) {
    throw explainFailure(controller.signal, error);
  } finally {
    end();
  }
}

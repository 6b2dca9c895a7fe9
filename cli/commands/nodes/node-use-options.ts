// What calls a node is given: the options of `nodes add` and `nodes update`.
import type { Command } from 'commander';
import { MAX_NODE_WEIGHT } from '../../../protocol/admin/admin-node.ts';
import { modelIdSchema } from '../../../protocol/inference/model-id.ts';
import { collectCheckedBy, wholeNumber } from '../argument-parsers.ts';

export type NodeUseOptions = { model?: string[]; weight?: number };

export function addUseOptions(command: Command): Command {
  return command
    .option(
      '--model <id>',
      'a model that calls may have of it; repeatable (default: all that it serves)',
      collectCheckedBy(modelIdSchema),
    )
    .option(
      '--weight <n>',
      'its share of the calls, beside others that serve the same',
      wholeNumber(1, MAX_NODE_WEIGHT),
    );
}

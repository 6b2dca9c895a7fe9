// `hearthkey nodes add`
import { Command } from 'commander';
import { MAX_NODE_SEQUENCES, MAX_NODE_TOKENS } from '../../../protocol/admin/admin-node.ts';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import { readBearer } from '../../config/environment.ts';
import { print } from '../../output/print.ts';
import { checkedBy, wholeNumber } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { addBearerOptions, readBearerOption, type BearerOptions } from './bearer-options.ts';
import { addUseOptions, type NodeUseOptions } from './node-use-options.ts';
import { nodeTable } from './node-table.ts';

type AddOptions = GatewayOptions &
  NodeUseOptions &
  BearerOptions & {
    origin?: string;
    openai?: string;
    contextLength?: number;
    maxTokens?: number;
    sequences?: number;
    insecureHttp?: true;
    force?: true;
  };

export function addNodeCommand(): Command {
  const command = new Command('add')
    .description('add a node: print the token with which it dials in, this once, or say where it answers')
    .argument('<node>', 'its id', checkedBy(nodeIdSchema))
    .option('--origin <url>', 'where it answers: scheme, host and port (default: it dials in)')
    .option('--openai <url>', "where a server of another maker answers OpenAI's API: its URL before /v1");
  addBearerOptions(command)
    .option('--context-length <n>', 'with --openai: of its models, in tokens', wholeNumber(1, MAX_NODE_TOKENS))
    .option('--max-tokens <n>', 'with --openai: for calls that name none', wholeNumber(1, MAX_NODE_TOKENS))
    .option('--sequences <n>', 'with --openai: calls that it answers at once', wholeNumber(1, MAX_NODE_SEQUENCES))
    .option('--insecure-http', 'allow http:// to a private address')
    .option('--force', 'allow link-local and metadata addresses');
  return addUseOptions(command).action(async (id: string, options: AddOptions) => {
    const { origin, openai, model, weight, contextLength, maxTokens, sequences, insecureHttp, force } = options;
    const given = await readBearerOption(options);
    const bearer = openai === undefined ? given : (given ?? readBearer());
    const place = { origin, openai, bearer, context_length: contextLength, max_tokens: maxTokens, sequences };
    const gateway = await connectToGateway(options);
    const node = await gateway.nodes.create({
      id,
      ...place,
      insecure_http: insecureHttp,
      force,
      models: model,
      weight,
    });
    const token = node.token === null ? '' : `${node.token}\n\nShown this once: keep it.\n\n`;
    print(options.json, node, token + nodeTable([node]));
  });
}

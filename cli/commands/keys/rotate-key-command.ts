// `hearthkey keys rotate`: a new secret for the same key, or the early end of the former ones.
import { Command, Option } from 'commander';
import { DEFAULT_GRACE_SECONDS } from '../../../protocol/admin/admin-key.ts';
import { formatDuration } from '../../output/format-duration.ts';
import { formatTime } from '../../output/format-time.ts';
import { print } from '../../output/print.ts';
import { parseKeyId } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { parseGrace } from '../time-parsers.ts';
import { describeKey } from './describe-key.ts';
import { formerSecretsEnd } from './former-secrets-end.ts';

type RotateFlags = GatewayOptions & { grace?: number; finish?: true };

export function rotateKeyCommand(): Command {
  const usual = formatDuration(DEFAULT_GRACE_SECONDS, '');
  return new Command('rotate')
    .description('give a key a new secret and print it, this once')
    .argument('<key-id>', 'its id, with or without hk_', parseKeyId)
    .option('--grace <duration>', `how long the former secret works on; 0: it ends now (default: ${usual})`, parseGrace)
    .addOption(new Option('--finish', 'end the former secrets now, without a new one').conflicts('grace'))
    .action(async (id: string, flags: RotateFlags) => {
      await (flags.finish === true ? finish(id, flags) : rotate(id, flags));
    });
}

async function rotate(id: string, flags: RotateFlags): Promise<void> {
  const client = await connectToGateway(flags);
  const key = await client.keys.rotate(id, { grace_seconds: flags.grace });
  const end = formerSecretsEnd(key);
  const former =
    end === null
      ? 'No former secret of this key works any more.'
      : `A former secret works until ${formatTime(end, '')} UTC; end it earlier with \`hearthkey keys rotate ${key.prefix} --finish\`.`;
  print(flags.json, key, `${key.key}\n\nShown this once: keep it. ${former}\n\n${describeKey(key)}`);
}

async function finish(id: string, flags: RotateFlags): Promise<void> {
  const key = await (await connectToGateway(flags)).keys.do('finish-rotation', id);
  print(flags.json, key, `No former secret of this key works any more.\n\n${describeKey(key)}`);
}

// `hearthkey models`: the catalogue, what is on disk, and downloads. The download itself is the inference node's program.
import { Command } from 'commander';
import { formatBytes } from '../output/format-bytes.ts';
import { formatTable } from '../output/format-table.ts';
import { print } from '../output/print.ts';
import { listModels, type ModelOverview } from '../models/list-models.ts';
import { pullModel } from '../models/pull-model.ts';
import { openStateFolder, stateFolderPaths } from '../state-folder/state-folder.ts';
import { jsonOption, stateOption } from './global-options.ts';

type ModelsOptions = { state: string; json?: true };

/** `finish` is given the exit code of a download. */
export function modelsCommand(finish: (exitCode: number) => void): Command {
  return new Command('models').addCommand(listCommand()).addCommand(pullCommand(finish));
}

function listCommand(): Command {
  return new Command('list')
    .description('the models to download by name, and the files that are here')
    .addOption(stateOption())
    .addOption(jsonOption())
    .action(async (options: ModelsOptions) => {
      const overview = await listModels(stateFolderPaths(options.state).models);
      print(options.json, overview, describe(overview));
    });
}

function pullCommand(finish: (exitCode: number) => void): Command {
  return new Command('pull')
    .description('download a model into the state folder; goes on where it was broken off')
    .argument('<model>', 'a name of the catalogue, hf:user/repo/file.gguf, or an https URL')
    .addOption(stateOption())
    .addOption(jsonOption())
    .action(async (model: string, options: ModelsOptions) => {
      const state = await openStateFolder(options.state);
      finish(await pullModel(model, state.models, options.json === true));
    });
}

function describe({ catalogue, local }: ModelOverview): string {
  const names = formatTable(
    ['NAME', 'SIZE', 'CONTEXT', 'LICENCE', 'WHAT IT IS'],
    catalogue.map((model) => [
      model.name,
      model.sizeBytes === null ? '?' : formatBytes(model.sizeBytes),
      String(model.contextLength),
      model.licence.spdx ?? model.licence.name,
      model.title,
    ]),
  );
  const files = formatTable(
    ['FILE', 'SIZE'],
    local.map(({ path, sizeBytes }) => [path, formatBytes(sizeBytes)]),
  );
  return `${names}\nDownload: hearthkey models pull NAME\n\n${files}\nServe: hearthkey up --model FILE\n`;
}

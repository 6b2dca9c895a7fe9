// `hearthkey models`: the catalogue, what is on disk, downloads, and what is in the files. What needs to know a model file is the
// inference node's program.
import { relative } from 'node:path';
import { Command } from 'commander';
import { confirm } from '../output/confirm.ts';
import { formatBytes } from '../output/format-bytes.ts';
import { formatTable } from '../output/format-table.ts';
import { print } from '../output/print.ts';
import { listModels, type ModelOverview } from '../models/list-models.ts';
import { findDownload, removeDownload } from '../models/remove-model.ts';
import { pullModel, runModelFiles } from '../models/run-node-program.ts';
import { openStateFolder, stateFolderPaths } from '../state-folder/state-folder.ts';
import { jsonOption, stateOption } from './global-options.ts';

type ModelsOptions = { state: string; json?: true };
type Finish = (exitCode: number) => void;

const MODEL_OR_FILE = 'a name of the catalogue or of an embedded model, or a .gguf file';

/** `finish` is given the exit code of a program of the node. */
export function modelsCommand(finish: Finish): Command {
  return new Command('models')
    .addCommand(listCommand())
    .addCommand(pullCommand(finish))
    .addCommand(showCommand(finish))
    .addCommand(verifyCommand(finish))
    .addCommand(removeCommand());
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

function pullCommand(finish: Finish): Command {
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

function showCommand(finish: Finish): Command {
  return new Command('show')
    .description('what is in a model file, the memory that it needs, and settings for this machine')
    .argument('<model>', MODEL_OR_FILE)
    .option('--context-size <n>', 'memory for this many tokens of context a call')
    .option('--sequences <n>', 'memory for this many calls at once')
    .addOption(stateOption())
    .addOption(jsonOption())
    .action(async (model: string, options: ModelsOptions & { contextSize?: string; sequences?: string }) => {
      const { contextSize, sequences } = options;
      const flags = [
        ...(contextSize === undefined ? [] : ['--context-size', contextSize]),
        ...(sequences === undefined ? [] : ['--sequences', sequences]),
        ...jsonFlag(options),
      ];
      finish(await runModelFiles({ command: 'show', model, folder: stateFolderPaths(options.state).models, flags }));
    });
}

function verifyCommand(finish: Finish): Command {
  return new Command('verify')
    .description('compare model files with the SHA-256 of the catalogue, and check their structure')
    .argument('[model]', `${MODEL_OR_FILE}; without one: all that are here`)
    .addOption(stateOption())
    .addOption(jsonOption())
    .action(async (model: string | undefined, options: ModelsOptions) => {
      const folder = stateFolderPaths(options.state).models;
      finish(await runModelFiles({ command: 'verify', model, folder, flags: jsonFlag(options) }));
    });
}

function removeCommand(): Command {
  return new Command('rm')
    .description('remove a downloaded model from the state folder, also one whose download was broken off')
    .argument('<model>', 'a name of the catalogue, or a file in the folder of downloads')
    .option('--yes', 'do not ask')
    .addOption(stateOption())
    .addOption(jsonOption())
    .action(async (model: string, options: ModelsOptions & { yes?: true }) => {
      const folder = stateFolderPaths(options.state).models;
      const download = await findDownload(model, folder);
      const file = relative(process.cwd(), download.path);
      if (options.yes !== true) await confirm(`Remove ${file} (${formatBytes(download.sizeBytes)})?`);
      const freedBytes = await removeDownload(download, folder);
      print(options.json, { file, freedBytes }, `Removed ${file}: ${freedBytes} bytes freed.\n`);
    });
}

function jsonFlag({ json }: ModelsOptions): string[] {
  return json === true ? ['--json'] : [];
}

function describe({ catalogue, local, downloadedBytes }: ModelOverview): string {
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
    ['FILE', 'ON DISK'],
    local.map(({ path, sizeBytes, complete }) => [path, `${formatBytes(sizeBytes)}${complete ? '' : ', broken off'}`]),
  );
  return `${names}\nDownload: hearthkey models pull NAME\n\n${files}\nDownloads take ${formatBytes(downloadedBytes)}.
Serve: hearthkey up --model FILE\n`;
}

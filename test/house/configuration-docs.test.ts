// docs/configuration.md names every setting that the code has, and no other.
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { upCommand } from '../../cli/commands/up-command.ts';
import { addGatewayOptions } from '../../cli/commands/global-options.ts';
import { NODE_FLAGS } from '../../inference-node/config/node-flags.ts';
import { gatewayConfigSchema } from '../../worker/src/config/gateway-config-schema.ts';
import { Command } from 'commander';

let sections: Map<string, string>;

beforeAll(async () => {
  const text = await readFile('docs/configuration.md', 'utf8');
  sections = new Map(text.split('\n## ').map((section) => [section.slice(0, section.indexOf('\n')), section]));
});

/** The names in the first column of a section's tables. */
function documented(heading: string, pattern: RegExp): string[] {
  const section = [...sections].find(([title]) => title.startsWith(heading))?.[1] ?? '';
  return [...section.matchAll(pattern)].map(([, name]) => name ?? '').sort();
}

const FLAG = /^\| `(--[a-z-]+)/gm;
const VARIABLE = /^\| `([A-Z_]+)`/gm;

function longFlags(command: Command): string[] {
  return command.options.map((option) => option.long ?? '').sort();
}

describe('docs/configuration.md', () => {
  it('names every flag of `hearthkey up`', () => {
    expect(documented('`hearthkey up`', FLAG)).toEqual(longFlags(upCommand(() => undefined)));
  });

  it('names every flag that the other commands share', () => {
    expect(documented('The other commands', FLAG)).toEqual(longFlags(addGatewayOptions(new Command())));
  });

  it('names every variable of the gateway', () => {
    expect(documented('The gateway', VARIABLE)).toEqual(Object.keys(gatewayConfigSchema.in.shape).sort());
  });

  it('names every flag of the inference node', () => {
    const flags = Object.keys(NODE_FLAGS).filter((name) => name !== 'help');
    expect(documented('The inference node', FLAG)).toEqual(flags.map((name) => `--${name}`).sort());
  });
});

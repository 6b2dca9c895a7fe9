// Guarantee: docs/configuration.md names every command and every quota that there is, and no other.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addCommands } from '../../cli/commands/add-commands.ts';
import { QUOTA_NAMES } from '../../cli/commands/collect-quota.ts';
import { commandWords } from '../../cli/completion/command-words.ts';

async function readSection(): Promise<string> {
  const text = await readFile('docs/configuration.md', 'utf8');
  return text.split('\n## ').find((section) => section.startsWith('The other commands')) ?? '';
}

/** A row such as `users list`, `show` names two commands: the second one takes the beginning of the first. */
function documentedCommands(section: string): string[] {
  const rows = section.matchAll(/^\| (`[a-z][a-z ,`-]*`) +\|/gm);
  return [...rows].flatMap(([, cell = '']) => {
    const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    const group = names[0]?.split(' ').slice(0, -1) ?? [];
    return names.map((name, index) => (index === 0 ? name : [...group, name].join(' ')));
  });
}

describe('docs/configuration.md', () => {
  it('names every command but `up`, which has a part of its own', async () => {
    const program = new Command('hearthkey');
    await addCommands(program, ['help'], () => undefined);
    const commands = commandWords(program)
      .filter(({ place, commands: below }) => place !== '' && below.length === 0)
      .map(({ place }) => place.trimStart());
    expect(documentedCommands(await readSection()).sort()).toEqual(commands.filter((name) => name !== 'up').sort());
  });

  it('names every quota', async () => {
    const section = await readSection();
    for (const name of QUOTA_NAMES) expect(section).toContain(`\`${name}\``);
  });
});

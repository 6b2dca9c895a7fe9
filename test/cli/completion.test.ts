// Guarantee: the completion script offers what the command line takes at that place, and nothing where anything may stand.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { hearthkey } from './hearthkey.ts';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

/** What bash offers for the last word. */
function complete(folder: TemporaryFolder, words: readonly string[]): string[] {
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hearthkey; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '-c', script, 'bash', folder.file('completion.bash'), ...words];
  const { stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8', cwd: folder.path });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

function has(program: string): boolean {
  return spawnSync(program, ['-c', 'true']).status === 0;
}

async function scriptIn(folder: TemporaryFolder, shell: string): Promise<string> {
  const { exitCode, stdout, stderr } = await hearthkey(['completion', shell]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  await writeFile(folder.file(`completion.${shell}`), stdout);
  return stdout;
}

describe.skipIf(!has('bash'))('in bash', () => {
  it('commands, flags and fixed values are completed', async () => {
    await using folder = await temporaryFolder();
    await scriptIn(folder, 'bash');
    await writeFile(folder.file('my model.gguf'), '');
    const at = (line: string): string[] => complete(folder, line.split(' '));
    expect(at('hearthkey us')).toEqual(['users', 'usage']);
    expect(at('hearthkey keys r')).toEqual(['rotate', 'revoke', 'reconcile']);
    expect(at('hearthkey keys rotate --')).toEqual(expect.arrayContaining(['--grace', '--finish', '--json']));
    expect(at('hearthkey keys rotate --')).not.toContain('--quota');
    expect(at('hearthkey admin tokens create --role ')).toEqual(['admin', 'viewer']);
    expect(at('hearthkey keys list --status = re')).toEqual(['revoked']);
    expect(at('hearthkey completion ')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    expect(at('hearthkey keys create --name ')).toEqual([]);
    expect(at('hearthkey keys create --name list --us')).toEqual(['--user']);
    expect(complete(folder, ['hearthkey', 'up', '--model', 'my'])).toEqual(['my model.gguf']);
  });
});

describe('the scripts', () => {
  it.for(['zsh', 'fish'])('name every command for %s, and parse where it is there', async (shell) => {
    await using folder = await temporaryFolder();
    const script = await scriptIn(folder, shell);
    for (const word of ['reconcile', 'upsert', 'verify', 'viewer', 'rotation-due']) expect(script).toContain(word);
    if (!has(shell)) return;
    const { status, stderr } = spawnSync(shell, ['-n', folder.file(`completion.${shell}`)], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

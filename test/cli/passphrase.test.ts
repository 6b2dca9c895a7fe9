// Guarantee: the passphrase of a backup comes from where the operator put it, is never shown while it is typed, and is long enough.
import { writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readPassphrase, type PassphraseSources } from '../../cli/backup/read-passphrase.ts';
import { temporaryFolder } from './temporary-folder.ts';

const LONG = 'a long passphrase';

/** A terminal at which these keys are pressed; what it shows is in `shown`. */
function terminal(keys: string | null): { terminal: PassphraseSources['terminal']; shown: () => string } {
  const input: PassThrough & { isTTY?: boolean } = new PassThrough();
  input.isTTY = keys !== null;
  if (keys !== null) input.write(keys);
  const output = new PassThrough();
  return { terminal: { input, output }, shown: () => String(output.read() ?? '') };
}

function sources(fields: Partial<PassphraseSources> = {}): PassphraseSources {
  return { file: undefined, variable: undefined, terminal: terminal(null).terminal, ...fields };
}

describe('the passphrase', () => {
  it('is taken from the file, else from the environment', async () => {
    await using folder = await temporaryFolder();
    const file = folder.file('passphrase');
    await writeFile(file, `${LONG}\n`);
    expect(await readPassphrase(sources({ file, variable: 'another passphrase' }), 'new')).toBe(LONG);
    await writeFile(file, ` ${LONG} \r\n`);
    expect(await readPassphrase(sources({ file }), 'new')).toBe(` ${LONG} `);
    expect(await readPassphrase(sources({ variable: LONG }), 'new')).toBe(LONG);
  });

  it('is asked for at a terminal, twice for a new backup, and never shown', async () => {
    const once = terminal(`${LONG}\r`);
    expect(await readPassphrase(sources(once), 'known')).toBe(LONG);
    expect(once.shown()).toBe('Passphrase of the backup: \n');
    const twice = terminal(`${LONG}\r${LONG}\r`);
    expect(await readPassphrase(sources(twice), 'new')).toBe(LONG);
    expect(twice.shown()).toBe('Passphrase of the backup: \nOnce more: \n');
  });

  it('is refused when it is typed in two ways, or given up', async () => {
    await expect(readPassphrase(sources(terminal(`${LONG}\r${LONG}!\r`)), 'new')).rejects.toThrow('differ');
    await expect(readPassphrase(sources(terminal(`${LONG}\u0003`)), 'known')).rejects.toThrow('Stopped');
    await expect(readPassphrase(sources(terminal('\u0004')), 'known')).rejects.toThrow('Stopped');
  });

  it('has twelve characters or more for a new backup; any opens one', async () => {
    await expect(readPassphrase(sources({ variable: 'eleven char' }), 'new')).rejects.toThrow('at least 12');
    expect(await readPassphrase(sources({ variable: 'short' }), 'known')).toBe('short');
  });

  it('must be given where nobody can be asked', async () => {
    await expect(readPassphrase(sources(), 'new')).rejects.toThrow('--passphrase-file FILE');
    await expect(readPassphrase(sources({ file: '/nowhere/x' }), 'new')).rejects.toThrow('/nowhere/x cannot be read');
  });
});

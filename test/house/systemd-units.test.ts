// The units of contrib/systemd/ are taken by systemd, where it is, and name only flags that there are.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { upCommand } from '../../cli/commands/up-command.ts';
import { NODE_FLAGS } from '../../inference-node/config/node-flags.ts';

const FOLDER = 'contrib/systemd';
const UNITS = readdirSync(FOLDER).filter((name) => name.endsWith('.service'));
const INSTALLED = '/opt/hearthkey/';
const FLAGS_OF: Readonly<Record<string, readonly string[]>> = {
  up: upCommand(() => undefined).options.map(({ long }) => long ?? ''),
  node: Object.keys(NODE_FLAGS).map((name) => `--${name}`),
};

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('contrib/systemd', () => {
  it.runIf(hasSystemd)('is what systemd takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearthkey-units-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    for (const name of UNITS) {
      writeFileSync(
        join(folder, name),
        readFileSync(join(FOLDER, name), 'utf8').replaceAll(INSTALLED, `${process.cwd()}/`),
      );
    }
    const { status, stderr } = spawnSync('systemd-analyze', [
      'verify',
      '--man=no',
      ...UNITS.map((name) => join(folder, name)),
    ]);
    expect([status, stderr.toString()]).toEqual([0, '']);
  });

  // Commented out ones too.
  it.each(UNITS)('%s calls commands with flags that they have', (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8').replaceAll('\\\n#', '').replaceAll('\\\n', '');
    const starts = [...text.matchAll(/^#?ExecStart=\S+hearthkey (\w+) (.*)$/gm)];
    expect(starts.length).toBeGreaterThan(0);
    for (const [, command = '', rest = ''] of starts) {
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) expect(FLAGS_OF[command]).toContain(flag);
    }
  });

  it('keeps the key that a first start shows out of the journal', () => {
    for (const name of UNITS.filter((unit) => unit !== 'hearthkey-node.service')) {
      expect(readFileSync(join(FOLDER, name), 'utf8')).toContain('\nStandardOutput=null\n');
    }
  });

  it.each(UNITS)('%s can change its state folder alone, and gains no rights', (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    for (const line of [
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'ProtectHome=yes',
      'DynamicUser=yes',
      'StateDirectoryMode=0700',
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
  });
});

// `hearthkey doctor`: what it tries, and how it says what it found.
import { Command } from 'commander';
import type { Check } from '../../protocol/admin/check.ts';
import { EXIT_FAILURE } from '../cli-failure.ts';
import { readEnvironment } from '../config/environment.ts';
import { checkGateway } from '../doctor/check-gateway.ts';
import { checkMachine } from '../doctor/check-machine.ts';
import { print } from '../output/print.ts';
import { printable } from '../output/printable.ts';
import { addGatewayOptions, type GatewayOptions } from './global-options.ts';

const WORDS = { ok: 'ok', warning: 'warning', failed: 'FAILED' } as const;
const WORD_WIDTH = 7;

/** `finish` is given an exit code when something failed. */
export function doctorCommand(finish: (exitCode: number) => void): Command {
  return addGatewayOptions(new Command('doctor')).action(async (options: GatewayOptions) => {
    const checks = [...(await checkMachine(options.state)), ...(await checkGateway(options, readEnvironment()))];
    print(options.json, { object: 'list', data: checks }, describe(checks));
    if (checks.some(({ outcome }) => outcome === 'failed')) finish(EXIT_FAILURE);
  });
}

function describe(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, outcome, detail, remedy }) => {
    const line = `${WORDS[outcome].padEnd(WORD_WIDTH)}  ${printable(name).padEnd(width)}  ${printable(detail)}`;
    return remedy === null ? [line] : [line, `${' '.repeat(WORD_WIDTH + width + 2)}  → ${printable(remedy)}`];
  });
  return `${lines.join('\n')}\n`;
}

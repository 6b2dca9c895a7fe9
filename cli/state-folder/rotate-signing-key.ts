// The gateway's signing key, replaced in steps so that no call is refused: nodes are told of the new key before the gateway
// signs with it, and forget the old one after the gateway has stopped signing with it.
import { CliFailure } from '../cli-failure.ts';
import { createSigningKey, type GatewaySecrets } from './gateway-secrets.ts';

/**
 * `publish`: a new key is made, and made known beside the one that signs. `activate`: the gateway signs with it from its next
 * start. `finish`: the old one is no longer known. `replace`: all at once, for a gateway and a node that start together.
 */
export type RotationStep = 'publish' | 'activate' | 'finish' | 'replace';

/** The secrets after the step. Throws a `CliFailure` when it is not this step's turn. */
export function rotateSigningKey(secrets: GatewaySecrets, step: RotationStep): GatewaySecrets {
  const { nodeSigningKey: current, nextNodeSigningKey: next, formerNodeSigningKey: former, ...rest } = secrets;
  switch (step) {
    case 'replace':
      return { ...rest, nodeSigningKey: createSigningKey() };
    case 'publish':
      if (next !== undefined) throw wrongTurn('A new signing key is published already', 'go on with --activate');
      if (former !== undefined) throw wrongTurn('The last rotation is not finished', 'end it with --finish');
      return { ...rest, nodeSigningKey: current, nextNodeSigningKey: createSigningKey() };
    case 'activate': {
      if (next === undefined) {
        throw former === undefined
          ? wrongTurn('There is no new signing key yet', 'make one without a flag')
          : wrongTurn('The new signing key is active already', 'go on with --finish');
      }
      const { kty, crv, kid, x } = current;
      return { ...rest, nodeSigningKey: next, formerNodeSigningKey: { kty, crv, kid, x } };
    }
    case 'finish':
      if (next !== undefined) throw wrongTurn('The new signing key is not active yet', 'go on with --activate');
      if (former === undefined) throw wrongTurn('No rotation is under way', 'begin one without a flag');
      return { ...rest, nodeSigningKey: current };
  }
}

function wrongTurn(what: string, wayOut: string): CliFailure {
  return new CliFailure(`${what}; ${wayOut}.`);
}

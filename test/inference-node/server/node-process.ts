// The node as a process of its own, started as `hearthkey up` starts it, with the embedded models.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { nodeProcessMessageSchema, type NodeProcessMessage } from '../../../protocol/node/node-process.ts';
import { nodeStatusSchema } from '../../../protocol/node/node-api.ts';
import { GatewaySigner, type SignedCall } from './gateway-signer.ts';
import { temporaryFolder } from './node-under-test.ts';

const ENTRY = join(import.meta.dirname, '../../../inference-node/main.ts');

export class NodeProcess {
  readonly child: ChildProcess;
  readonly gateway: GatewaySigner;
  readonly messages: NodeProcessMessage[] = [];
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stderr = '';
  url = '';
  #listeners: (() => void)[] = [];

  constructor(gateway: GatewaySigner, args: string[], environment: Record<string, string> = {}) {
    this.gateway = gateway;
    this.child = fork(ENTRY, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HEARTHKEY_GATEWAY_JWKS: JSON.stringify({ keys: [gateway.jwk] }),
        ...environment,
      },
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.child.on('message', (message) => {
      this.messages.push(nodeProcessMessageSchema.parse(message));
      for (const listener of this.#listeners) listener();
    });
    // Not 'close': Node does not send it after a disconnect from this side.
    const ended = this.child.stderr === null ? Promise.resolve() : once(this.child.stderr, 'end');
    this.exited = Promise.all([once(this.child, 'exit'), ended]).then(([[code, signal]]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
  }

  /** Starts a node with the embedded models on a free port and waits until they are in memory. */
  static async start(
    options: { state?: string; args?: string[]; gateway?: GatewaySigner; environment?: Record<string, string> } = {},
  ): Promise<NodeProcess> {
    const gateway = options.gateway ?? (await GatewaySigner.create());
    const args = [
      '--port',
      '0',
      '--state',
      options.state ?? temporaryFolder(),
      '--threads',
      '1',
      ...(options.args ?? []),
    ];
    const node = new NodeProcess(gateway, args, options.environment);
    node.url = (await node.hear('listening')).url;
    const status = await node.call({ path: '/_node/status', claims: { boot: undefined } });
    gateway.bootId = nodeStatusSchema.parse(await status.json()).bootId;
    await node.hear('ready');
    return node;
  }

  /** The first message of a type, when it has come; rejects when the process ends without it. */
  async hear<T extends NodeProcessMessage['type']>(type: T): Promise<Extract<NodeProcessMessage, { type: T }>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const message = this.messages.find((candidate) => candidate.type === type);
        if (message !== undefined) resolve(message as Extract<NodeProcessMessage, { type: T }>);
      };
      this.#listeners.push(look);
      void this.exited.then(() => {
        reject(new Error(`the node ended: ${this.stderr}`));
      });
      look();
    });
  }

  async call(signed: SignedCall, init: RequestInit = {}): Promise<Response> {
    const headers = await this.gateway.headers(signed);
    const method = signed.method ?? (signed.body === undefined ? 'GET' : 'POST');
    return fetch(this.url + signed.path, {
      ...init,
      method,
      headers,
      ...(signed.body === undefined ? {} : { body: signed.body }),
    });
  }

  chat(body: object, init?: RequestInit): Promise<Response> {
    const request = {
      model: 'tiny-llama',
      messages: [{ role: 'user', content: 'How do I revoke a key?' }],
      temperature: 0,
      ...body,
    };
    return this.call({ path: '/v1/chat/completions', body: JSON.stringify(request) }, init);
  }
}

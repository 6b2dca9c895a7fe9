// A gateway and two nodes in processes of their own: `gpu` has dialled in, `lan` has an address; between each and the gateway is a
// network that can be broken. Both serve `tiny-llama` and `slow`; `slow-gpu` and `slow-lan` are served by one of them only.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { startAddressedNode } from './addressed-node.ts';
import { askAdminOf, type AskAdmin } from './ask-admin.ts';
import { startFaultyNetwork, type FaultyNetwork } from './faulty-network.ts';
import { addNode, startLinkedNode } from './linked-node.ts';
import type { NodeProcess } from './node-process.ts';
import { adminTokenOf, keyOf, startProduct, type Product } from './product.ts';
import { writeSlowModel } from './slow-model.ts';

export const NODE_NAMES = ['gpu', 'lan'] as const;
export type NodeName = (typeof NODE_NAMES)[number];

const nodesSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      live: z.object({
        state: z.string(),
        models: z.array(z.object({ id: z.string(), running: z.int(), waiting: z.int() })),
      }),
    }),
  ),
});

export class TwoNodeSite {
  readonly product: Product;
  readonly admin: AskAdmin;
  readonly networks: Record<NodeName, FaultyNetwork>;
  readonly #folder: string;
  readonly #token: string;
  readonly #nodes = new Map<NodeName, NodeProcess>();

  private constructor(
    product: Product,
    networks: Record<NodeName, FaultyNetwork>,
    { folder, token }: { folder: string; token: string },
  ) {
    this.product = product;
    this.admin = askAdminOf(product);
    this.networks = networks;
    this.#folder = folder;
    this.#token = token;
  }

  /** Resolves when both nodes are ready. */
  static async start(): Promise<TwoNodeSite> {
    const folder = await mkdtemp(join(tmpdir(), 'hearthkey-site-'));
    await writeSlowModel(join(folder, 'slow.gguf'));
    const product = await startProduct({ flags: ['--link', 'gpu', '--allow-network', 'loopback'] });
    const token = await addNode(product.gateway, adminTokenOf(product), 'gpu');
    const networks = {
      gpu: await startFaultyNetwork(product.gateway),
      lan: await startFaultyNetwork(product.gateway),
    };
    const site = new TwoNodeSite(product, networks, { folder, token });
    await site.admin('POST', '/admin/nodes', { id: 'lan', origin: networks.lan.url });
    await Promise.all(NODE_NAMES.map((name) => site.startNode(name)));
    await site.untilReady();
    return site;
  }

  node(name: NodeName): NodeProcess {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`${name} was not started`);
    return node;
  }

  /** Starts it, after it was killed too. */
  async startNode(name: NodeName): Promise<void> {
    await this.#nodes.get(name)?.[Symbol.asyncDispose]();
    const slow = join(this.#folder, 'slow.gguf');
    const models = ['models/tiny-llama.gguf', `slow=${slow}`, `slow-${name}=${slow}`];
    const flags = models.flatMap((model) => ['--model', model]);
    const { networks, product } = this;
    if (name === 'gpu') {
      this.#nodes.set(name, await startLinkedNode({ gateway: networks.gpu.url, token: this.#token, flags }));
      return;
    }
    const node = await startAddressedNode({ gateway: product.gateway, id: name, flags });
    networks.lan.leadTo(node.url);
    this.#nodes.set(name, node);
  }

  /** How many calls the node that runs now has ended, as its log says. */
  answered(name: NodeName): number {
    return this.node(name).lines.filter((line) => line.includes('"event":"call"')).length;
  }

  async signal(name: NodeName, signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.node(name).pid(), signal);
  }

  /** As who administers sees it, and as calls find it: another of the gateway's processes answers them. */
  async untilReady(): Promise<void> {
    while ((await this.#live()).some(({ live }) => live.state !== 'ready'));
    for (const name of NODE_NAMES) while ((await this.#call(`slow-${name}`)) !== 200);
  }

  /** The node that has as many calls of the model, as soon as the gateway has seen it. */
  async untilBusy(model: string, calls = 1): Promise<NodeName> {
    for (;;) {
      const busy = (await this.#live()).find(({ live }) =>
        live.models.some(({ id, running, waiting }) => id === model && running + waiting >= calls),
      );
      if (busy !== undefined) return busy.id === 'gpu' ? 'gpu' : 'lan';
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node[Symbol.asyncDispose]()));
    await this.product[Symbol.asyncDispose]();
    for (const network of Object.values(this.networks)) await network[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }

  async #call(model: string): Promise<number> {
    const answer = await fetch(`${this.product.gateway}/v1/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keyOf(this.product)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, prompt: 'a', max_tokens: 1 }),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  async #live() {
    return nodesSchema.parse(await this.admin('GET', '/admin/nodes')).data;
  }
}

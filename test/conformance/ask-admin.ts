// The admin API of a product under test.
import { adminTokenOf, type Product } from './product.ts';

export type AskAdmin = (method: string, path: string, body?: object) => Promise<unknown>;

/** Asks with the product's own admin token. Throws for anything but a 200. */
export function askAdminOf(product: Product): AskAdmin {
  return async function askAdmin(method, path, body) {
    const answer = await fetch(product.gateway + path, {
      method,
      headers: { authorization: `Bearer ${adminTokenOf(product)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as unknown;
  };
}

// The admin API as the crash test uses it. An answer that never came is a value of its own: nobody knows whether such an act was done.
import type * as z from 'zod';
import { wasRefused } from './was-refused.ts';

export type ActResult =
  | { how: 'done'; answer: unknown }
  /** No answer came, or one that says "try again". */
  | { how: 'unknown' }
  /** Nobody listened. */
  | { how: 'unsent' };

export type AdminApi = {
  /** Asks; throws for anything but a 200. */
  ask: <Schema extends z.ZodType>(schema: Schema, path: string) => Promise<z.output<Schema>>;
  /** Does something, whatever happens to the product meanwhile. Throws for a refusal. */
  act: (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) => Promise<ActResult>;
};

/** `gateway`: where the product listens now. */
export function adminApi(gateway: () => string, token: string): AdminApi {
  const send = async (method: string, path: string, body?: object): Promise<{ status: number; text: string }> => {
    const answer = await fetch(gateway() + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  return {
    async ask(schema, path) {
      const { status, text } = await send('GET', path);
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
      return schema.parse(JSON.parse(text));
    },
    async act(method, path, body) {
      try {
        const { status, text } = await send(method, path, body);
        if (status === 200) return { how: 'done', answer: JSON.parse(text) };
        if (status === 503) return { how: 'unknown' };
        throw new Error(`${method} ${path}: ${status} ${text}`);
      } catch (error) {
        if (error instanceof TypeError) return { how: wasRefused(error) ? 'unsent' : 'unknown' };
        throw error;
      }
    },
  };
}

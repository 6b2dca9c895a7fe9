// The least that a gateway on Hono and workerd can be: it forwards, body untouched. No key, no parsing, no log.
import { Hono } from 'hono';

type BareEnv = { Bindings: { NODE: { fetch: typeof fetch } } };

const app = new Hono<BareEnv>();

app.post('/v1/*', async (context) => {
  const { body, headers } = context.req.raw;
  const forwarded = { 'content-type': headers.get('content-type') ?? '', accept: headers.get('accept') ?? '' };
  // `duplex`: Node's types ask for it; workerd does without.
  const init: RequestInit = { method: 'POST', headers: forwarded, body, duplex: 'half' };
  const answer = await context.env.NODE.fetch(`http://upstream${context.req.path}`, init);
  const contentType = answer.headers.get('content-type') ?? '';
  return new Response(answer.body, { status: answer.status, headers: { 'content-type': contentType } });
});

export default app;

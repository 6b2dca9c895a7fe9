// Loaded into Portkey's process before it. Version 1.15.2, with the `@hono/node-server` that npm installs beside it today, answers every
// stream with a 500: it appends to the headers of a fetched answer, which are immutable. Handing it streams whose headers can be
// changed is all that is done here; other answers are untouched.

const fetchAnswer = globalThis.fetch;

globalThis.fetch = async function fetchWithOpenHeaders(input, init) {
  const answer = await fetchAnswer(input, init);
  if (answer.headers.get('content-type') !== 'text/event-stream') return answer;
  return new Response(answer.body, { status: answer.status, headers: new Headers(answer.headers) });
};

// A stand-in for a server of another maker (vLLM, llama-server, Ollama), on a real socket: takes one bearer, and does what the asked-for
// "model" is named after.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { EventLog } from './event-log.ts';
import { sendJson } from './loopback-node.ts';
import { killServer, listenOnLoopback } from './loopback-server.ts';
import { FOREIGN_BEARER } from './node-event.ts';

const USAGE = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12, prompt_tokens_details: { cached_tokens: 3 } };
const EVENT_INTERVAL_MS = 20;
/** More than the gateway's patience. */
const LATE_MS = 2_200;
const DONE = 'data: [DONE]\n\n';

type Call = { model: string; stream?: boolean };
type Script = (response: ServerResponse, call: Call) => void;

const SCRIPTS: Record<string, Script> = {
  'foreign-words'(response, { stream }) {
    if (stream !== true) sendJson(response, 200, answer(USAGE), { 'x-secret-of-the-server': 'yes' });
    else sendStream(response, [chunk('one '), chunk('two'), chunk(null), event({ choices: [], usage: USAGE }), DONE]);
  },
  'tells-no-usage'(response, { stream }) {
    if (stream !== true) sendJson(response, 200, answer(undefined));
    else sendStream(response, [chunk('one '), chunk('two'), chunk(null)]);
  },
  /** Reads its prompt for so long that the gateway begins without it. */
  'begins-late'(response, call) {
    setTimeout(() => SCRIPTS['foreign-words']?.(response, call), LATE_MS);
  },
  'refuses-late'(response) {
    setTimeout(() => {
      fail(response, 400, "This model's maximum context length is 4096 tokens.");
    }, LATE_MS);
  },
  'breaks-late'(response) {
    setTimeout(() => response.destroy(), LATE_MS);
  },
  'breaks-off'(response) {
    begin(response);
    response.write(chunk('one'), () => response.destroy());
  },
  'fails-inside'(response) {
    sendStream(response, [chunk('one'), event({ error: { message: 'secret of the server' } })]);
  },
  'streams-for-ever'(response) {
    begin(response);
    const timer = setInterval(() => response.write(chunk('word ')), EVENT_INTERVAL_MS);
    response.on('close', () => {
      clearInterval(timer);
    });
  },
  'falls-silent'(response) {
    begin(response);
    response.write(chunk('one'));
  },
  /** As fast as it is read. */
  'pours-for-ever'(response) {
    begin(response);
    const pour = (): void => {
      while (!response.destroyed && response.write(chunk('word '.repeat(2_000))));
      if (!response.destroyed) response.once('drain', pour);
    };
    pour();
  },
  'never-begins'() {},
  'writes-html'(response) {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<h1>secret of the server</h1>');
  },
  'leads-elsewhere'(response) {
    response.writeHead(307, { location: '/v1/elsewhere' });
    response.end();
  },
  'is-busy'(response) {
    fail(response, 429, 'secret of the server', { 'retry-after': '7' });
  },
  'is-broken'(response) {
    fail(response, 500, 'secret of the server');
  },
  'finds-fault'(response) {
    sendJson(response, 400, { error: { message: 'temperature must be at most 2', param: 'temperature', code: 400 } });
  },
  'has-little-room'(response) {
    fail(response, 400, "This model's maximum context length is 4096 tokens.");
  },
};

export class ForeignServer {
  readonly log = new EventLog();
  /** Of the last call for an answer. */
  #socket: Socket | null = null;
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request, response);
  });

  /** Starts to listen on a free loopback port; resolves to the origin. */
  listen(): Promise<string> {
    return listenOnLoopback(this.#server);
  }

  /** As after `kill -9`: connections break, nothing listens any more. */
  kill(): Promise<void> {
    return killServer(this.#server);
  }

  /** Bytes that went out on the connection of the last call for an answer; some of them wait in the system's buffers. */
  get bytesSent(): number {
    return this.#socket?.bytesWritten ?? 0;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    let body = '';
    for await (const piece of request) body += String(piece);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    this.log.record({ type: 'call', path, headers, body });
    response.on('close', () => {
      if (!response.writableFinished) this.log.record({ type: 'closed', path, body });
    });
    if (headers['authorization'] !== `Bearer ${FOREIGN_BEARER}`) fail(response, 401, 'secret of the server');
    else if (path === '/v1/models') sendJson(response, 200, { object: 'list', data: listModels() });
    else if (path === '/v1/embeddings') sendJson(response, 200, { data: [], model: 'm', usage: USAGE });
    else if (path.startsWith('/v1/') && !path.endsWith('elsewhere')) {
      this.#socket = request.socket;
      runScript(response, JSON.parse(body) as Call);
    } else fail(response, 404, 'Not Found');
  }
}

function listModels(): object[] {
  return Object.keys(SCRIPTS).map((id) => ({ id, object: 'model', created: 1_795_000_000, max_model_len: 4096 }));
}

function runScript(response: ServerResponse, call: Call): void {
  const script = SCRIPTS[call.model];
  if (script === undefined) fail(response, 404, `The model ${call.model} does not exist.`);
  else script(response, call);
}

function answer(usage: object | undefined): object {
  const message = { role: 'assistant', content: 'one two' };
  return {
    id: 'theirs',
    model: 'their name of it',
    choices: [{ index: 0, message, text: 'one two', finish_reason: 'stop' }],
    usage,
  };
}

/** Null: the end. */
function chunk(content: string | null): string {
  const delta = content === null ? {} : { content };
  return event({ id: 'theirs', choices: [{ index: 0, delta, finish_reason: content === null ? 'stop' : null }] });
}

function event(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
}

function sendStream(response: ServerResponse, events: string[]): void {
  begin(response);
  for (const one of events) response.write(one);
  response.end();
}

function fail(response: ServerResponse, status: number, message: string, headers = {}): void {
  sendJson(response, status, { error: { message, type: 'x', code: status } }, headers);
}

// Guarantees of `--tls-cert`: what passes is what was sent, at the pace of who reads it; the client's address is the true one; a new
// certificate needs no restart; files that cannot be used are refused with a sentence.
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCertificate } from '../../cli/tls/certificate-files.ts';
import { startTlsFront, type TlsFront } from '../../cli/tls/tls-front.ts';
import { listenOnLoopback } from '../loopback-node/loopback-server.ts';
import { hearthkey } from './hearthkey.ts';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

const pem = (name: string) => `test/cli/test-only-certificates/${name}.pem`;
const CA = await Promise.all(['first', 'second'].map((name) => readFile(pem(name))));
const LOOK_EVERY_MS = 5;

let folder: TemporaryFolder;
let gateway: Server;
let answer: RequestListener;
let front: TlsFront;
let lines: string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  lines = [];
  gateway = createServer((incoming, response) => {
    answer(incoming, response);
  });
  const origin = await listenOnLoopback(gateway);
  await use('first');
  front = await startTlsFront({
    files: { cert: folder.file('cert.pem'), key: folder.file('key.pem') },
    host: '127.0.0.1',
    port: 0,
    gateway: origin,
    log: (line) => lines.push(line),
    lookEveryMs: LOOK_EVERY_MS,
  });
});

afterEach(async () => {
  gateway.closeAllConnections();
  gateway.close();
  await front.stop(0);
  await folder[Symbol.asyncDispose]();
});

async function use(name: 'first' | 'second'): Promise<void> {
  await copyFile(pem(name), folder.file('cert.pem'));
  await copyFile(pem(`${name}-key`), folder.file('key.pem'));
}

async function ask(path: string, options: RequestOptions = {}, body?: string): Promise<IncomingMessage> {
  const asking = request(front.url + path, { ca: CA, agent: false, ...options });
  asking.end(body);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return response;
}

describe('a request', () => {
  it('arrives as it was sent, and the answer comes back as it was given', async () => {
    answer = (incoming, response) => {
      void text(incoming).then((body) => {
        response.writeHead(418, { 'x-request-id': 'req_1', 'content-type': 'text/plain' });
        response.end(JSON.stringify([incoming.method, incoming.url, incoming.headers.authorization, body]));
      });
    };
    const headers = { authorization: 'Bearer hk_key', 'content-type': 'application/json' };
    const response = await ask('/v1/models/a%2Fb?x=1', { method: 'POST', headers }, '{"é":1}');
    expect([response.statusCode, response.headers['x-request-id']]).toEqual([418, 'req_1']);
    expect(JSON.parse(await text(response))).toEqual(['POST', '/v1/models/a%2Fb?x=1', 'Bearer hk_key', '{"é":1}']);
  });

  it('says whose it is by the address of its connection, whatever it claims', async () => {
    answer = (incoming, response) => response.end(JSON.stringify(incoming.headers));
    const headers = { 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6', host: 'localhost:1' };
    const seen = JSON.parse(await text(await ask('/', { headers }))) as Record<string, string>;
    expect(seen).toMatchObject({ 'x-forwarded-for': '127.0.0.1', host: 'localhost:1' });
    expect(JSON.stringify(seen)).not.toContain('6.6.6.6');
  });

  it('while the gateway is away is answered 503', async () => {
    gateway.close();
    const response = await ask('/');
    expect([response.statusCode, JSON.parse(await text(response))]).toMatchObject([
      503,
      { error: { code: 'state_unavailable' } },
    ]);
  });
});

describe('a stream', () => {
  it('has its headers before its first event, comes event by event, and ends at the gateway when the client leaves', async () => {
    let write: (chunk: string) => void = () => undefined;
    const left = Promise.withResolvers<string>();
    answer = (_incoming, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      write = (chunk) => response.write(chunk);
      response.on('close', () => {
        left.resolve('the client has left');
      });
    };
    const response = await ask('/');
    expect(response.headers['content-type']).toBe('text/event-stream');
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      write(event);
      expect(String((await once(response, 'data'))[0])).toBe(event);
    }
    response.destroy();
    expect(await left.promise).toBe('the client has left');
  });

  it('that breaks off at the gateway breaks off', async () => {
    answer = (_incoming, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('half');
      setImmediate(() => response.destroy());
    };
    await expect(text(await ask('/'))).rejects.toThrow();
  });

  it('does not fill the front when the client reads slowly', async () => {
    let written = 0;
    const full = Promise.withResolvers<number>();
    answer = (_incoming, response) => {
      const chunk = Buffer.alloc(65_536);
      while (written < 100_000_000 && response.write(chunk)) written += chunk.length;
      let last = -1;
      const timer = setInterval(() => {
        if (written === last) full.resolve(written);
        last = written;
      }, 100);
      response.on('drain', () => {
        while (written < 100_000_000 && response.write(chunk)) written += chunk.length;
      });
      response.on('close', () => {
        clearInterval(timer);
      });
    };
    const response = await ask('/');
    response.pause();
    expect(await full.promise).toBeLessThan(50_000_000);
    response.destroy();
  });
});

describe('an upgrade', () => {
  it('is passed on, and then everything both ways until one side ends', async () => {
    gateway.on('upgrade', (incoming: IncomingMessage, socket: NodeJS.WritableStream & NodeJS.ReadableStream) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nx-seen: ${incoming.headers.upgrade ?? ''} ${incoming.headers.authorization ?? ''}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    const headers = { connection: 'Upgrade', upgrade: 'websocket', authorization: 'Bearer hkn_token' };
    const asking = request(`${front.url}/_node/link`, { ca: CA, headers });
    asking.end();
    const [response, socket] = (await once(asking, 'upgrade')) as [IncomingMessage, TLSSocket];
    expect(response.headers['x-seen']).toBe('websocket Bearer hkn_token');
    socket.write('frame');
    expect(String((await once(socket, 'data'))[0])).toBe('frame');
    gateway.closeAllConnections();
    socket.end();
    await once(socket, 'close');
  });

  it('that the gateway refuses is answered with its refusal', async () => {
    answer = (_incoming, response) => response.writeHead(401, { 'content-type': 'application/json' }).end('{"no":1}');
    const response = await ask('/_node/link', { headers: { connection: 'Upgrade', upgrade: 'websocket' } });
    expect([response.statusCode, await text(response)]).toEqual([401, '{"no":1}']);
  });
});

describe('the certificate', () => {
  const shown = async (): Promise<string> => {
    const socket = connect({ port: Number(new URL(front.url).port), host: '127.0.0.1', ca: CA });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  };

  it('that is renewed is shown without a restart; one that does not fit its key is not', async () => {
    expect(await shown()).toContain('first');
    await copyFile(pem('second'), folder.file('cert.pem'));
    while (lines.length === 0) await new Promise(setImmediate);
    expect(lines[0]).toContain('the former certificate stays in force');
    expect(await shown()).toContain('first');
    await use('second');
    while (!lines.some((line) => line.includes('is new'))) await new Promise(setImmediate);
    expect(await shown()).toContain('second');
  });

  it.each<[string, string | null, string | null, string]>([
    ['is not there', null, pem('first-key'), 'cert.pem cannot be read (ENOENT)'],
    ['has no key', pem('first'), null, 'key.pem cannot be read (ENOENT)'],
    ['has the key of another', pem('first'), pem('second-key'), 'is not the key of the certificate'],
    ['is a key', pem('first-key'), pem('first-key'), 'holds no certificate'],
    ['is given as the key', pem('first'), pem('first'), 'holds no private key'],
  ])('that %s is refused', async (_what, cert, key, sentence) => {
    await using empty = await temporaryFolder();
    if (cert !== null) await copyFile(cert, empty.file('cert.pem'));
    if (key !== null) await copyFile(key, empty.file('key.pem'));
    await expect(readCertificate({ cert: empty.file('cert.pem'), key: empty.file('key.pem') })).rejects.toThrow(
      sentence,
    );
  });

  it('of an odd form is no bug, and half a pair of flags is a mistake of whoever calls', async () => {
    await writeFile(folder.file('odd.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const files = { cert: folder.file('odd.pem'), key: pem('first-key') };
    await expect(readCertificate(files)).rejects.toThrow('holds no certificate');
    const half = await hearthkey(['up', '--tls-cert', pem('first'), '--state', folder.file('state')]);
    expect(half).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('belong together') as unknown });
  });
});

// HTTPS in front of the gateway on one machine: ends TLS, tells the gateway who calls, and hands all else through as it is. The
// gateway's own socket stays on loopback.
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { certificateName, certificateStamp, readCertificate, type CertificateFiles } from './certificate-files.ts';
import { CliFailure } from '../cli-failure.ts';
import { passOn } from './pass-on.ts';

export type TlsFrontOptions = {
  files: CertificateFiles;
  host: string;
  /** 0: any free one. */
  port: number;
  /** URL of the gateway's own socket. */
  gateway: string;
  /** Takes a line when a new certificate is in force, or cannot be used. */
  log: (line: string) => void;
  /** How often the files are looked at, in milliseconds. */
  lookEveryMs?: number;
};

export type TlsFront = {
  /** Where clients reach it, without a slash at the end. */
  url: string;
  /** Takes no more connections. Resolves when those that are open have ended, with the gateway's own, or at `deadlineMs`. */
  stop: (deadlineMs: number) => Promise<void>;
};

/** A renewal is never so urgent, and a look costs two calls of the system. */
const LOOK_EVERY_MS = 60_000;
/** Nobody who means it takes longer. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Between two requests of a client. */
const KEEP_ALIVE_MS = 75_000;

const EVERY_ADDRESS: readonly string[] = ['0.0.0.0', '::'];

/** Listens, and hands on what comes. Throws a `CliFailure` for files that cannot be used. */
export async function startTlsFront(options: TlsFrontOptions): Promise<TlsFront> {
  const { files, host, port, gateway } = options;
  let stamp = await certificateStamp(files).catch(() => '');
  const pair = await readCertificate(files);
  const server = createServer({
    ...pair,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  passOn(server, new URL(gateway));
  server.listen({ host, port });
  await once(server, 'listening');
  const timer = setInterval(() => {
    void (async () => {
      const now = await certificateStamp(files).catch(() => stamp);
      if (now === stamp) return;
      stamp = now;
      await renew(server, options);
    })();
  }, options.lookEveryMs ?? LOOK_EVERY_MS);
  timer.unref();
  return {
    url: urlOf(server, EVERY_ADDRESS.includes(host) ? (certificateName(pair) ?? host) : host),
    stop: async (deadlineMs) => {
      clearInterval(timer);
      await close(server, deadlineMs);
    },
  };
}

/** While one of two files is new the pair does not fit; the next look finds the other. */
async function renew(server: Server, { files, log }: TlsFrontOptions): Promise<void> {
  try {
    server.setSecureContext({ ...(await readCertificate(files)), minVersion: 'TLSv1.2' });
    log(`hearthkey: the certificate ${files.cert} is new; it is in force for new connections`);
  } catch (error) {
    const why = error instanceof CliFailure ? error.message : 'it cannot be used.';
    log(`hearthkey: warning: the former certificate stays in force: ${why}`);
  }
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function close(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, deadlineMs);
  await closed;
  clearTimeout(timer);
}

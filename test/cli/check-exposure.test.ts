// Guarantee: a client's word about its address is taken from nobody but a proxy on this machine, and a gateway that others can
// reach without TLS says so.
import { describe, expect, it } from 'vitest';
import { checkExposure } from '../../cli/up/check-exposure.ts';

const expose = (host: string, trustProxy?: string) => checkExposure({ host, trustProxy, tls: undefined });

describe('the address of the gateway', () => {
  it.for(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('%s is this machine’s alone', (host) => {
    expect(expose(host)).toEqual({ clientAddressTrust: 'none', warning: null });
    expect(expose(host, '127.0.0.1')).toEqual({ clientAddressTrust: 'proxy', warning: null });
  });

  it.for(['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.0.0.1.example.org', '127.1'])('%s warns', (host) => {
    expect(expose(host)).toMatchObject({
      clientAddressTrust: 'none',
      warning: expect.stringContaining('carries API keys in the clear') as unknown,
    });
    expect(() => expose(host, '127.0.0.1')).toThrow('--trust-proxy');
  });

  it('with a proxy elsewhere is refused: nobody could tell it from a client', () => {
    expect(() => expose('127.0.0.1', '10.0.0.1')).toThrow('--trust-proxy');
  });

  it('with a certificate warns of nothing, and knows who calls', () => {
    const tls = { cert: 'cert.pem', key: 'key.pem' };
    expect(checkExposure({ host: '0.0.0.0', trustProxy: undefined, tls })).toEqual({
      clientAddressTrust: 'proxy',
      warning: null,
    });
    expect(() => checkExposure({ host: '127.0.0.1', trustProxy: '127.0.0.1', tls })).toThrow('--trust-proxy');
  });
});

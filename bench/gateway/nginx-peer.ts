// nginx with a static map of keys: the least that a gateway with keys can cost.
import { startNginx } from '../harness/nginx-program.ts';
import { CHAT_PATH, STATIC_KEY, type Peer } from './peer.ts';

const IDLE_CONNECTIONS = 64;

export const nginxPeer: Peer = {
  name: 'nginx',
  description: 'nginx, one worker: key map, proxy_pass with keep-alive, no buffering',
  async start({ upstream, folder }) {
    const nginx = await startNginx('nginx-peer', folder, {
      http: `map $http_authorization $known { default 0; "Bearer ${STATIC_KEY}" 1; }
  upstream mock { server ${new URL(upstream).host}; keepalive ${IDLE_CONNECTIONS}; keepalive_requests 1000000000; }`,
      server: `location / {
      if ($known = 0) { return 401; }
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }`,
      check: '/',
    });
    if (nginx === null) return { started: false, reason: 'nginx is not installed' };
    const { program, origin } = nginx;
    const headers = { authorization: `Bearer ${STATIC_KEY}` };
    return {
      started: true,
      peer: {
        url: origin + CHAT_PATH,
        headers,
        pid: program.pid,
        [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
      },
    };
  },
};

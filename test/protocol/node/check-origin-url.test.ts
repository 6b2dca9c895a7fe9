// Guarantee: an origin is where an operator can mean it to be: nothing reaches link-local addresses or a cloud's metadata, however
// it is spelt, and plain HTTP stays on networks of one's own.
import { describe, expect, it } from 'vitest';
import { checkOriginUrl, type OriginUrlRules } from '../../../protocol/node/check-origin-url.ts';

const STRICT: OriginUrlRules = { mayHavePath: true, insecureHttp: false, force: false };

function check(text: string, rules: Partial<OriginUrlRules> = {}): string {
  const checked = checkOriginUrl(text, { ...STRICT, ...rules });
  return checked.ok ? checked.url : checked.problem;
}

describe('happy', () => {
  it.each([
    ['https://gpu.example', 'https://gpu.example'],
    ['https://GPU.example:8000/openai/', 'https://gpu.example:8000/openai'],
    ['https://192.168.1.20:8000', 'https://192.168.1.20:8000'],
    ['http://127.0.0.1:11434/', 'http://127.0.0.1:11434'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://localhost:8080', 'http://localhost:8080'],
  ])('takes %s', (text, url) => {
    expect(check(text)).toBe(url);
  });

  it.each([
    'http://10.0.0.7:8000',
    'http://box.tailnet-1.ts.net',
    'http://100.101.102.103',
    'http://[fd12::7]',
    'http://gpu',
  ])('takes %s only with --insecure-http', (text) => {
    expect(check(text)).toContain('--insecure-http');
    expect(check(text, { insecureHttp: true })).toBe(text);
  });

  it('takes what is forbidden when it is forced to', () => {
    expect(check('http://169.254.10.1:8000', { force: true, insecureHttp: true })).toBe('http://169.254.10.1:8000');
  });
});

describe('security', () => {
  it.each([
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
    '[::169.254.169.254]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[fd00:0ec2:0:0:0:0:0:0254]',
    '100.100.100.200',
    '192.0.0.192',
    '0.0.0.0',
    '0',
    '[::]',
    '224.0.0.1',
    '255.255.255.255',
    '[ff02::1]',
    'metadata.google.internal',
    'METADATA.google.internal.',
    'metadata',
    '１６９.254.169.254',
  ])('refuses %s unless forced', (host) => {
    expect(check(`https://${host}`, { insecureHttp: true })).toContain('--force');
    expect(check(`https://${host}`, { force: true })).toMatch(/^https:/);
  });

  it.each(['2130706433', '0177.1', '[::ffff:127.0.0.1]', '[64:ff9b::127.0.0.1]', 'a.localhost'])(
    'knows %s as loopback',
    (host) => {
      expect(check(`http://${host}`)).toMatch(/^http:/);
    },
  );

  it.each(['http://gpu.example', 'http://8.8.8.8', 'http://[2606:4700::1111]', 'http://3232235777.example'])(
    'refuses %s: plain HTTP on a public network, even with --insecure-http and --force',
    (text) => {
      expect(check(text, { insecureHttp: true, force: true })).toContain('https://');
    },
  );

  it('refuses passwords, and does not repeat them', () => {
    expect(check('https://me:hunter2@gpu.example')).toBe('the URL must hold no user name and no password');
  });

  it.each(['https://gpu.example?x=1', 'https://gpu.example/#x', 'https://gpu.example/?'])('refuses %s', (text) => {
    expect(check(text)).toContain('no query and no fragment');
  });

  it.each([
    '',
    'gpu',
    'gpu.example:8000',
    'ftp://gpu.example',
    'file:///etc/passwd',
    'https://',
    `https://${'a'.repeat(600)}`,
  ])('refuses "%s"', (text) => {
    expect(checkOriginUrl(text, STRICT).ok).toBe(false);
  });

  it('refuses a path where the node is one of ours', () => {
    expect(check('https://gpu.example/x', { mayHavePath: false })).toContain('without a path');
  });
});

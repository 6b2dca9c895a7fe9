// The description says what is there: every route, the schemas that validate, examples that pass them; and the page that is
// made of it runs nothing and fetches nothing.
import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json';
import { API_VERSION, buildOpenApiDocument, openApiPath } from '../../../worker/src/openapi/build-document.ts';
import { describeType } from '../../../worker/src/openapi/describe-type.ts';
import type { RouteResponse } from '../../../worker/src/routes/define-route.ts';
import { routes } from '../../../worker/src/routes/routes.ts';
import { testGateway } from '../test-gateway.ts';

const gateway = testGateway();
const document = buildOpenApiDocument(routes);

/** Every `$ref` of a JSON value. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  );
}

function lookUp(reference: string): unknown {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], document);
}

describe('happy', () => {
  it('is served as it is built', async () => {
    const response = await gateway.send('/openapi.json');
    expect(response.status).toBe(200);
    expect(await response.json()).toStrictEqual(JSON.parse(JSON.stringify(document)));
  });

  it('has exactly the routes that answer', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toStrictEqual(routes.map(({ method, path }) => `${method} ${openApiPath(path)}`).sort());
  });

  it('refers only to what it holds', () => {
    const all = references(document);
    expect(all.length).toBeGreaterThan(20);
    for (const reference of all) expect(lookUp(reference), reference).toBeDefined();
  });

  it('follows the rules of OpenAPI 3.1 for operations', () => {
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(document.paths)) {
      expect(path).toMatch(/^\/[a-z0-9/_.{}-]*$/i);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const operation of Object.values(methods)) {
        expect(ids.has(operation.operationId)).toBe(false);
        ids.add(operation.operationId);
        const named = (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name);
        expect(named, path).toStrictEqual(inPath);
        for (const status of Object.keys(operation.responses)) expect(status).toMatch(/^[2-5]\d\d$/);
        for (const { description } of Object.values(operation.responses)) expect(description).not.toBe('');
        for (const scheme of operation.security.flatMap((entry) => Object.keys(entry))) {
          expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
        }
      }
    }
    for (const id of Object.keys(document.components.schemas)) expect(id).toMatch(/^[a-zA-Z0-9._-]+$/);
  });

  it('names the fields that are validated, the required ones as such', () => {
    const chat = document.components.schemas['ChatCompletionRequest'];
    expect(chat).toMatchObject({ type: 'object', required: ['model', 'messages'], additionalProperties: false });
    expect(Object.keys(chat?.properties ?? {})).toContain('temperature');
    expect(document.components.schemas['ChatCompletion']).not.toHaveProperty('additionalProperties');
  });

  it('has examples that its own schemas take', () => {
    const withExamples = routes.filter(({ example }) => example !== undefined);
    expect(withExamples.length).toBeGreaterThan(3);
    for (const { path, request, responses, example } of withExamples) {
      if (example?.body !== undefined) expect(request?.body?.safeParse(example.body).error, path).toBeUndefined();
      if (example?.response === undefined) continue;
      const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
      const [variant] = [success].flat() as RouteResponse[];
      expect(variant?.schema?.safeParse(example.response).error, path).toBeUndefined();
    }
  });

  it("has the product's version", () => {
    expect(API_VERSION).toBe(packageJson.version);
  });

  it('puts types into words', () => {
    expect(describeType({ type: 'integer', minimum: 1, maximum: 4 })).toBe('integer, from 1 to 4');
    expect(describeType({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toBe('text or null');
    expect(describeType({ type: 'array', items: { $ref: '#/components/schemas/User' } })).toBe('array of {User}');
    expect(describeType({ anyOf: [{ not: {} }, { type: 'null' }] })).toBe('null');
  });
});

describe('security', () => {
  it('shows a page that runs nothing and fetches nothing', async () => {
    const response = await gateway.send('/docs');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).not.toMatch(/<script|<link|<img|<iframe|javascript:|url\(|@import|\son[a-z]+=/i);
    for (const { path, summary } of routes) {
      expect(page).toContain(openApiPath(path));
      expect(page).toContain(summary.replaceAll("'", '&#39;').split('`')[0]);
    }
  });

  it('shows calls to the address that clients use, where the proxy that ends TLS is trusted', async () => {
    const headers = { 'x-forwarded-proto': 'https' };
    const page = async (trust: string) =>
      (await testGateway({ CLIENT_ADDRESS_TRUST: trust }).send('/docs', { headers })).text();
    expect(await page('proxy')).toContain('https://127.0.0.1/v1/');
    expect(await page('none')).not.toContain('https://127.0.0.1/v1/');
  });

  it('allows exactly its own style', async () => {
    const response = await gateway.send('/docs');
    const style = /<style>([\s\S]*?)<\/style>/.exec(await response.text())?.[1] ?? '';
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
    expect(policy).not.toContain('unsafe-inline');
  });
});

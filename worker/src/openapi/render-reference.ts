// The API's description as a page to read, made from the same document: server side, without script, without anything from
// elsewhere. Every text passes Hono's escaping template.
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { errorRule, ERROR_CODES } from '../../../protocol/errors/error-codes.ts';
import type { OpenApiDocument, OpenApiOperation } from './build-document.ts';
import { describeType } from './describe-type.ts';
import { REFERENCE_STYLE } from './reference-style.ts';
import { renderCurl } from './render-curl.ts';
import { COMPONENT_PREFIX, type JsonSchema } from './schema-components.ts';

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;
type Operation = { path: string; method: string; operation: OpenApiOperation };

const ACCESS_LABELS: Readonly<Record<string, string>> = {
  apiKey: 'API key',
  adminToken: 'admin token',
  nodeToken: 'node token',
};

/** The page's HTML. `origin` is where the examples send their calls. */
export async function renderReference(document: OpenApiDocument, origin: string): Promise<string> {
  const operations = listOperations(document);
  const { info, tags } = document;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${info.title} API reference</title>
        ${raw(`<style>${REFERENCE_STYLE}</style>`)}
      </head>
      <body>
        <div class="page">
          <nav>${renderNavigation(operations, tags)}</nav>
          <main>
            <h1>${info.title} <small>API reference, version ${info.version}</small></h1>
            <p>${markCode(info.description)}</p>
            <p>The same as <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
            ${tags.map(
              ({ name }) =>
                html`<section id="${name}">
                  <h2>${name}</h2>
                  ${operations.filter(({ operation }) => operation.tags.includes(name)).map((entry) => renderOperation(entry, document, origin))}
                </section>`,
            )}
            ${renderSchemas(document)} ${renderErrors()}
          </main>
        </div>
      </body>
    </html>`;
  return (await page).toString();
}

function listOperations({ paths }: OpenApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

function renderNavigation(operations: readonly Operation[], tags: OpenApiDocument['tags']): Markup[] {
  const groups = tags.map(
    ({ name }) =>
      html`<h2>${name}</h2>
        <ul>
          ${operations
            .filter(({ operation }) => operation.tags.includes(name))
            .map(
              ({ path, method, operation }) =>
                html`<li>
                  <a href="#${operation.operationId}"><span class="${method}">${method}</span> ${path}</a>
                </li>`,
            )}
        </ul>`,
  );
  const rest = html`<h2>More</h2>
    <ul>
      <li><a href="#schemas">Schemas</a></li>
      <li><a href="#errors">Errors</a></li>
    </ul>`;
  return [...groups, rest];
}

function renderOperation({ path, method, operation }: Operation, document: OpenApiDocument, origin: string): Markup {
  const [scheme] = Object.keys(operation.security[0] ?? {});
  const access = scheme === undefined ? 'public' : (ACCESS_LABELS[scheme] ?? scheme);
  const body = operation.requestBody?.content['application/json'];
  return html`<article id="${operation.operationId}">
    <span class="access">${access}</span>
    <h3><span class="method ${method}">${method}</span>${path}</h3>
    <p>${markCode(operation.summary)}</p>
    ${operation.description === undefined ? '' : html`<p>${markCode(operation.description)}</p>`}
    ${renderParameters(operation)} ${body === undefined ? '' : renderFields('Body', resolve(body.schema, document))}
    <h4>Example</h4>
    <pre><code>${renderCurl({ method, path, origin, access: scheme, body: body?.example })}</code></pre>
    <h4>Answers</h4>
    ${renderAnswers(operation)}
  </article>`;
}

function renderParameters({ parameters = [] }: OpenApiOperation): Markup | string {
  if (parameters.length === 0) return '';
  const properties = Object.fromEntries(
    parameters.map(({ name, schema, description }) => [
      name,
      description === undefined ? schema : { ...schema, description },
    ]),
  );
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  return renderFields('Parameters', { properties, required });
}

function renderFields(title: string, { properties = {}, required = [] }: JsonSchema): Markup | string {
  const fields = Object.entries(properties);
  if (fields.length === 0) return '';
  return html`<h4>${title}</h4>
    <div class="scroll">
      <table>
        <tr>
          <th>Name</th>
          <th>Type</th>
          <th>Meaning</th>
        </tr>
        ${fields.map(([name, field]) => {
          const schema: JsonSchema = typeof field === 'boolean' ? {} : field;
          const mark = required.includes(name) ? html` <span class="required">required</span>` : '';
          return html`<tr>
            <td><code>${name}</code>${mark}</td>
            <td>${linkTypes(describeType(schema))}</td>
            <td>${markCode(describeMeaning(schema))}</td>
          </tr>`;
        })}
      </table>
    </div>`;
}

function describeMeaning({ description, default: preset }: JsonSchema): string {
  const meaning = description ?? '';
  return preset === undefined ? meaning : `${meaning} Default: \`${JSON.stringify(preset)}\`.`.trim();
}

function renderAnswers({ responses }: OpenApiOperation): Markup {
  return html`<div class="scroll">
      <table>
        ${Object.entries(responses).map(([status, { description, content = {} }]) => {
          const kinds = Object.entries(content).map(
            ([type, { schema }]) => html`<div>${type}: ${linkTypes(describeType(schema))}</div>`,
          );
          return html`<tr>
            <td><code>${status}</code></td>
            <td>${markCode(description)}</td>
            <td>${kinds}</td>
          </tr>`;
        })}
      </table>
    </div>
    ${Object.values(responses).map(({ content = {} }) => renderExample(content['application/json']?.example))}`;
}

function renderExample(example: unknown): Markup | string {
  return example === undefined ? '' : html`<pre><code>${JSON.stringify(example, null, 2)}</code></pre>`;
}

function renderSchemas(document: OpenApiDocument): Markup {
  return html`<section id="schemas">
    <h2>Schemas</h2>
    ${Object.entries(document.components.schemas).map(
      ([id, schema]) =>
        html`<article id="schema-${id}">
          <h3>${id}</h3>
          <p>${markCode(schema.description ?? '')}</p>
          ${renderFields('Fields', schema)}
        </article>`,
    )}
  </section>`;
}

function renderErrors(): Markup {
  return html`<section id="errors">
    <h2>Errors</h2>
    <div class="scroll">
      <table>
        <tr>
          <th>code</th>
          <th>Status</th>
          <th>type</th>
          <th>Retry</th>
          <th>Message</th>
        </tr>
        ${ERROR_CODES.map((code) => {
          const { status, type, retryable, message } = errorRule(code);
          return html`<tr>
            <td><code>${code}</code></td>
            <td>${status}</td>
            <td>${type}</td>
            <td>${retryable ? 'yes' : 'no'}</td>
            <td>${message}</td>
          </tr>`;
        })}
      </table>
    </div>
  </section>`;
}

function resolve(schema: JsonSchema, { components }: OpenApiDocument): JsonSchema {
  return schema.$ref === undefined ? schema : (components.schemas[schema.$ref.slice(COMPONENT_PREFIX.length)] ?? {});
}

/** `{Name}` becomes a link to the component; the rest is text. */
function linkTypes(text: string): (Markup | string)[] {
  return text.split(/(\{[A-Za-z0-9]+\})/).map((part) => {
    const name = /^\{([A-Za-z0-9]+)\}$/.exec(part)?.[1];
    return name === undefined ? part : html`<a href="#schema-${name}">${name}</a>`;
  });
}

/** Backticks become code. */
function markCode(text: string): (Markup | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

import type { Attributes } from '@opentelemetry/api';
import type { HttpHeaders, HttpRequest, Origin } from '@roundtripper/core';

import { REDACTED, redactUrl } from '../redact-url.ts';
import type { SecretNames } from '../secret-names.ts';
import { OTHER_METHOD } from './known-methods.ts';
import type { Settings } from './options.ts';

/** What of a request both its span and its metrics tell. */
export interface RequestFacts {
  /** As it may be told: `_OTHER` where it is not known. */
  readonly method: string;
  readonly origin: Origin;
  readonly template: string | undefined;
}

/** The attributes that a span begins with: those that a sampler may go by, and what else is known of the request. */
export function spanAttributes(request: HttpRequest, { method, origin, template }: RequestFacts, settings: Settings): Attributes {
  const attributes: Attributes = {
    'http.request.method': method,
    'server.address': origin.hostname,
    'server.port': origin.port,
    'url.full': fullUrl(request, settings.secretNames),
  };
  if (method === OTHER_METHOD) attributes['http.request.method_original'] = request.method;
  if (template !== undefined) attributes['url.template'] = template;
  for (const name of settings.captureRequestHeaders) capture(attributes, `http.request.header.${name}`, name, request.headers);
  if (settings.optIn.size > 0) addOptIn(attributes, request, settings.optIn);
  return attributes;
}

/** The fields that are asked for of a response. */
export function capturedResponseHeaders(headers: HttpHeaders, names: Settings['captureResponseHeaders']): Attributes {
  const attributes: Attributes = {};
  for (const name of names) capture(attributes, `http.response.header.${name}`, name, headers);
  return attributes;
}

/** What all metrics of a request tell: an object of the caller's own. */
export function metricAttributes({ method, origin, template }: RequestFacts, optIn: Settings['optIn']): Attributes {
  const attributes: Attributes = { 'http.request.method': method, 'server.address': origin.hostname, 'server.port': origin.port };
  if (template !== undefined) attributes['url.template'] = template;
  if (optIn.has('url.scheme')) attributes['url.scheme'] = origin.scheme;
  return attributes;
}

/** The conventions have userinfo replaced, rather than left out. */
function fullUrl(request: HttpRequest, names: SecretNames): string {
  const { origin, path } = request.target;
  const { username, password } = request.url;
  const shown = `${origin.key}${path}`;
  const url = path.includes('?') ? redactUrl(shown, names) : shown;
  return username === '' && password === '' ? url : url.replace('://', `://${REDACTED}:${REDACTED}@`);
}

function capture(attributes: Attributes, key: string, name: string, headers: HttpHeaders): void {
  const values = name === 'set-cookie' ? headers.getSetCookie() : [headers.get(name)];
  const found = values.filter((value) => value !== null);
  if (found.length > 0) attributes[key] = found;
}

function addOptIn(attributes: Attributes, request: HttpRequest, optIn: Settings['optIn']): void {
  const userAgent = request.headers.get('user-agent');
  if (optIn.has('url.scheme')) attributes['url.scheme'] = request.target.origin.scheme;
  if (optIn.has('user_agent.original') && userAgent !== null) attributes['user_agent.original'] = userAgent;
}

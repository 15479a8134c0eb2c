import { HttpHeaders } from '@roundtripper/core';

/** RFC 9111 §3.1: what belongs to a connection, or to a proxy, and not to the response. */
const CONNECTION_FIELDS: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
];

/** The fields to store. Those that `Connection` names go too; `Date` is there, for who gets the response later (RFC 9110 §6.6.1). */
export function storableHeaders(headers: HttpHeaders, dateMs: number): HttpHeaders {
  const named = (headers.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...CONNECTION_FIELDS, ...named, 'date']);
  const storable = new HttpHeaders();
  for (const [name, value] of headers.fields()) if (!dropped.has(name.toLowerCase())) storable.append(name, value);
  storable.append('Date', new Date(dateMs).toUTCString());
  return storable;
}

import { RecordingTrace, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText } from '../../test/exchanges.ts';
import { Transport } from './transport.ts';

const NTLM_MESSAGE = Buffer.from('NTLMSSP\0\u0001').toString('base64');
const KERBEROS_TICKET = Buffer.from('`\u0082').toString('base64');

describe('CVE-2026-5545, CVE-2026-1965, CVE-2015-3148: a connection that a user was let in on is nobody else’s', () => {
  test.for<{ fact: string; credentials: Record<string, string>; answered?: Record<string, string>; connections: readonly number[] }>([
    { fact: 'NTLM', credentials: { Authorization: `NTLM ${NTLM_MESSAGE}` }, connections: [1, 2] },
    { fact: 'in any case', credentials: { authorization: `ntlm ${NTLM_MESSAGE}` }, connections: [1, 2] },
    { fact: 'NTLM within Negotiate', credentials: { Authorization: `Negotiate ${NTLM_MESSAGE}` }, connections: [1, 2] },
    { fact: 'NTLM with a proxy', credentials: { 'Proxy-Authorization': `NTLM ${NTLM_MESSAGE}` }, connections: [1, 2] },
    {
      fact: 'Kerberos that lasts',
      credentials: { Authorization: `Negotiate ${KERBEROS_TICKET}` },
      answered: { 'Persistent-Auth': 'true' },
      connections: [1, 2],
    },
    { fact: 'not Kerberos of one request', credentials: { Authorization: `Negotiate ${KERBEROS_TICKET}` }, connections: [1, 1] },
    {
      fact: 'not Kerberos that says so',
      credentials: { Authorization: `Negotiate ${KERBEROS_TICKET}` },
      answered: { 'Persistent-Auth': 'false' },
      connections: [1, 1],
    },
    { fact: 'not a bearer', credentials: { Authorization: 'Bearer NTLM' }, answered: { 'Persistent-Auth': 'true' }, connections: [1, 1] },
    { fact: 'not nobody', credentials: {}, answered: { 'Persistent-Auth': 'true' }, connections: [1, 1] },
  ])('$fact', async ({ credentials, answered, connections }) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    server.enqueue({ headers: answered ?? {} });
    await fetchText(transport, server.url, { headers: credentials });
    await fetchText(transport, server.url);
    expect(server.requests.map(({ connection }) => connection)).toEqual(connections);
  });

  test.for([401, 407])('a handshake goes on over its connection, which closes with the answer to it (%d)', async (status) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const recording = new RecordingTrace();
    const init = { headers: { Authorization: `NTLM ${NTLM_MESSAGE}` }, trace: recording.trace };
    server.enqueue({ status, headers: { 'WWW-Authenticate': `NTLM ${NTLM_MESSAGE}` } });
    for (const _ of ['negotiate', 'authenticate']) await fetchText(transport, server.url, init);
    await fetchText(transport, server.url);
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    expect(recording.closeReasons).toEqual(['authenticated']);
  });
});

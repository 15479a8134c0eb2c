import type { HttpHeaders } from '../contract/http-headers.ts';

/**
 * Whether this exchange has let a user in on its connection, and not only on its request: NTLM does that, alone or within Negotiate (MS-NTHT), and a server that says
 * `Persistent-Auth` does it with Kerberos. Against RFC 9110 §11, whoever sends the next request on such a connection is taken for that user.
 * After a 401 or 407 nobody was let in yet, and the handshake goes on over the same connection.
 */
export function authenticatesConnection(status: number, asked: HttpHeaders, answered: HttpHeaders): boolean {
  if (asked.size === 0 || status === 401 || status === 407) return false;
  return CREDENTIALS.some((name) => {
    const value = asked.get(name);
    return value !== null && (NTLM.test(value) || (NEGOTIATE.test(value) && PERSISTENT.test(answered.get('persistent-auth') ?? '')));
  });
}

const CREDENTIALS = ['authorization', 'proxy-authorization'];

/** By the scheme, or by how each message of NTLM starts: `NTLMSSP` in base 64. */
const NTLM = /^(?:NTLM|Negotiate +TlRMTVNTU)/i;
const NEGOTIATE = /^Negotiate\b/i;
const PERSISTENT = /^true$/i;

import type { HttpHeaders } from '../contract/http-headers.ts';

/**
 * Whether this exchange has let a user in on its connection, and not only on its request: NTLM does that, alone or within Negotiate (MS-NTHT), and a server that says
 * `Persistent-Auth` does it with Kerberos. Against RFC 9110 §11, whoever sends the next request on such a connection is taken for that user.
 * After a 401 or 407 nobody was let in yet, and the handshake goes on over the same connection.
 */
export function authenticatesConnection(status: number, asked: HttpHeaders, answered: HttpHeaders): boolean {
  if (asked.size === 0 || status === 401 || status === 407) return false;
  return letIn(asked.get('authorization'), answered) || letIn(asked.get('proxy-authorization'), answered);
}

function letIn(credentials: string | null, answered: HttpHeaders): boolean {
  if (credentials === null) return false;
  return NTLM.test(credentials) || (NEGOTIATE.test(credentials) && PERSISTENT.test(answered.get('persistent-auth') ?? ''));
}

/** By the scheme, or by how each message of NTLM starts: `NTLMSSP` in base 64. */
const NTLM = /^(?:NTLM|Negotiate +TlRMTVNTU)/i;
const NEGOTIATE = /^Negotiate\b/i;
const PERSISTENT = /^true$/i;

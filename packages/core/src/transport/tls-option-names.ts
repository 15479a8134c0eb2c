import type { TlsOptions } from '../wire/tls-client.ts';

/** A table of them, so that the compiler says when Node's types have gained one or lost it. */
const NAMES: Readonly<Record<keyof TlsOptions, true>> = {
  secureContext: true,
  enableTrace: true,
  requestCert: true,
  SNICallback: true,
  rejectUnauthorized: true,
  requestOCSP: true,
  checkServerIdentity: true,
  servername: true,
  minDHSize: true,
  pskCallback: true,
  ALPNCallback: true,
  allowPartialTrustChain: true,
  ca: true,
  cert: true,
  certificateCompression: true,
  sigalgs: true,
  ciphers: true,
  clientCertEngine: true,
  crl: true,
  dhparam: true,
  ecdhCurve: true,
  honorCipherOrder: true,
  key: true,
  privateKeyEngine: true,
  privateKeyIdentifier: true,
  maxVersion: true,
  minVersion: true,
  passphrase: true,
  pfx: true,
  secureOptions: true,
  secureProtocol: true,
  sessionIdContext: true,
  ticketKeys: true,
  sessionTimeout: true,
};

/** The options of `tls.connect` that a Transport takes. Node passes over a name that it does not know, and so a misspelt `checkServerIdentity` would check nothing. @internal */
export const TLS_OPTION_NAMES: ReadonlySet<string> = new Set(Object.keys(NAMES));

/** A certificate for TLS servers in tests, as PEM. */
export interface TestCertificate {
  /** The authority that signed `cert`: for the client, as `tls: { ca }` or in `NODE_EXTRA_CA_CERTS`. */
  readonly ca: string;
  /** For `localhost` and `127.0.0.1`, valid until 2120. */
  readonly cert: string;
  /** The private key of `cert`. It is published with this package, so it proves nothing to anybody: never trust `ca` outside tests. */
  readonly key: string;
}

const ca: string = `-----BEGIN CERTIFICATE-----
MIIBhDCCASqgAwIBAgIUdvJJCFYxT+MA0OKLMeas/c3MrjMwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUcm91bmR0cmlwcGVyIHRlc3QgQ0EwIBcNMjAwMTAxMDAwMDAw
WhgPMjEyMDAxMDEwMDAwMDBaMB8xHTAbBgNVBAMMFHJvdW5kdHJpcHBlciB0ZXN0
IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOumDCjG66TanmuHqZJMyv/Id
fXbh4cJHT+vWpTnV/vF0wSowPP8K4jS5Df0gpa5H9oTHN+rWsrO5cUqHlVIDg6NC
MEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFLoq
QfoxVuq2xHhXTJAo3b4SOXOQMAoGCCqGSM49BAMCA0gAMEUCIQCFfJtwoVSYjP7e
8JLXxMcRqnnb/BReL8YH3BCryYerxgIgEEqNO/1iW0qoeHkkj0kZGgVcbAneCmw6
o52HhMl3q6U=
-----END CERTIFICATE-----
`;

const cert: string = `-----BEGIN CERTIFICATE-----
MIIByTCCAXCgAwIBAgIUdg+Ba8s/Qh1SdhAJc4BMYHUGtUYwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUcm91bmR0cmlwcGVyIHRlc3QgQ0EwIBcNMjAwMTAxMDAwMDAw
WhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABLO7+XtEhJ6bWdfZ+8Nv60cjVACC9n/ux3NpcpE0
WWQ/GRZmxbj8FKAmpO4N7Jt7rc68uQFCa7IiNALXxy1YYdWjgZIwgY8wGgYDVR0R
BBMwEYIJbG9jYWxob3N0hwR/AAABMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQD
AgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMB0GA1UdDgQWBBQvrh1HyAy6xbJNFj32
iShAk1BtWzAfBgNVHSMEGDAWgBS6KkH6MVbqtsR4V0yQKN2+EjlzkDAKBggqhkjO
PQQDAgNHADBEAiAEV2ykoqfJC+Ik65psFH20RUQffYfB8zqOPWd3MDfJpQIgVYao
A/lLoJSO2BeSOlY6A1r/rwsV8+4j3IAu+/yQE3c=
-----END CERTIFICATE-----
`;

const key: string = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNx7Q26VwZbkRP4/X
/0e+k0n42takvh6my4H9TXJm0vehRANCAASzu/l7RISem1nX2fvDb+tHI1QAgvZ/
7sdzaXKRNFlkPxkWZsW4/BSgJqTuDeybe63OvLkBQmuyIjQC18ctWGHV
-----END PRIVATE KEY-----
`;

/** The certificate that `tls: true` stands for in this package's servers. */
export const testCertificate: TestCertificate = { ca, cert, key };

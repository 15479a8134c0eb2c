/** Header fields that are secret although {@link SECRET_ENDINGS} does not say so. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(
  ['Cookie', 'Cookie2', 'Set-Cookie', 'Set-Cookie2', 'Authentication-Info', 'Proxy-Authentication-Info', 'DPoP', 'X-Functions-Key'].map(
    plain,
  ),
);

/** Of query parameters and form fields, where a short name often stands for a secret: an OAuth code, a Google API key, the `sig` of an Azure SAS. */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set(
  [
    'code',
    'key',
    'sig',
    'auth',
    'pass',
    'pwd',
    'otp',
    'ticket',
    'sid',
    'AWSAccessKeyId',
    'GoogleAccessId',
    'X-Amz-Credential',
    'SAMLResponse',
    'SAMLRequest',
  ].map(plain),
);

/** How the names of secrets end, whatever stands before: `x-api-key`, `clientSecret`, `X-Amz-Signature`, `user[password]`. */
const SECRET_ENDINGS =
  /(?:token|secret|password|passwd|passphrase|passcode|apikey|accesskey|accesskeyid|authkey|secretkey|privatekey|subscriptionkey|authorization|xauth|credentials?|jwt|assertion|session|sessionid|signature|oidcdata)$/;

/** Whether what is called so is secret: a function of each kind of name. */
export interface SecretNames {
  readonly isSecretHeader: (name: string) => boolean;
  /** Of a query parameter or a form field. */
  readonly isSecretParameter: (name: string) => boolean;
  /** Of a member of a JSON object. */
  readonly isSecretMember: (name: string) => boolean;
}

/** @param headers More header fields. @param parameters More parameters, fields and members. In any letter case; `-` and `_` do not matter. */
export function secretNames(headers: readonly string[], parameters: readonly string[]): SecretNames {
  const moreHeaders = new Set(headers.map(plain));
  const moreParameters = new Set(parameters.map(plain));
  const isSecret = (name: string, more: ReadonlySet<string>, known?: ReadonlySet<string>): boolean => {
    const word = plain(name);
    return more.has(word) || known?.has(word) === true || SECRET_ENDINGS.test(word);
  };
  return {
    isSecretHeader: (name) => isSecret(name, moreHeaders, SECRET_HEADERS),
    isSecretParameter: (name) => isSecret(name, moreParameters, SECRET_PARAMETERS),
    isSecretMember: (name) => isSecret(name, moreParameters),
  };
}

/** `X-Api-Key`, `x_api_key` and `xApiKey` are the same word. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

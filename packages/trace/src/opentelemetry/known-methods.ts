/** Those of RFC 9110 §9.3, with PATCH (RFC 5789) and QUERY: the conventions' default. */
export const KNOWN_METHODS: readonly string[] = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'];

/** What the conventions have for a method that is not known. */
export const OTHER_METHOD = '_OTHER';

/** The methods of an environment variable, which stand in place of the default; undefined where it names none. */
export function knownMethodsFrom(variable: string | undefined): readonly string[] | undefined {
  const methods = (variable ?? '').split(',').flatMap((method) => (method.trim() === '' ? [] : [method.trim()]));
  return methods.length === 0 ? undefined : methods;
}

import { DEFAULT_TIMEOUT_MS, LIMITS } from './limits.ts';

/** What the command is called where it is installed, and in its messages. */
export const PROGRAM = 'roundtripper-trace';

/** What follows upon a message about arguments. */
export const HINT = "Try 'npx @roundtripper/trace --help'.";

/** In lines of 80 characters. */
export const USAGE: string = `Usage: npx @roundtripper/trace <url> [options]

Sends a request, or many, and shows where the time goes: the phases of one, and
of many the latencies, the phases and what became of connections.

Load
  -n, --requests N       how many, 1 to ${LIMITS.requests} (default 1)
  -c, --concurrency C    how many of them at a time, 1 to ${LIMITS.concurrency} (default 1)
      --timeout MS       for each, 0 to ${LIMITS.timeoutMs}; 0 for none (default ${DEFAULT_TIMEOUT_MS})
      --no-keepalive     a connection for each request

Request
  -X, --request METHOD   default GET, or POST with -d
  -H, --header 'Name: value'
                         may come again; 'Name:' leaves a default out
  -d, --data DATA        the body, as a form unless -H says otherwise; @FILE for
                         the bytes of a file, up to ${LIMITS.dataBytes / 1_048_576} MiB

Connection
      --http2            HTTP/2 only; for http: URLs by prior knowledge
      --http1.1          HTTP/1.1 only
  -k, --insecure         certificates are not verified
      --proxy URL        http:, https: or socks5:; default: what HTTP_PROXY,
                         HTTPS_PROXY and NO_PROXY say
      --no-proxy         none, whatever they say
      --unix PATH        connect to a Unix domain socket

Output
  -i, --include          all fields of the response, secrets redacted
      --json             one JSON document in place of the report
      --har FILE         write a HAR 1.2 document, up to ${LIMITS.harBytes / 1_048_576} MiB
      --html FILE        write a waterfall page, of the last ${LIMITS.htmlRequests} requests
  -f, --fail             exit with 22 where a status is 400 or above
  -q, --quiet            no progress and no report; errors only
      --color, --no-color
                         default: colours on a terminal, unless NO_COLOR is set
  -V, --version
  -h, --help

Redirects are shown and not followed. A URL without a scheme is an http: one;
its userinfo is sent as Basic credentials.

Exit codes: 0 all requests were answered; 1 one was not, or not wholly; 2 the
arguments cannot be used; 3 an output could not be written; 22 see --fail; 130
interrupted, after the report of what there was.
`;

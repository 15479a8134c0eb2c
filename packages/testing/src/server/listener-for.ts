import type { SharedHandler } from './handler.ts';
import { http1Listener } from './http1-listener.ts';
import { http2Listener } from './http2-listener.ts';
import type { Listener, ListenerHost } from './listener.ts';
import type { TestServerOptions } from './options.ts';

/** The listener that speaks the protocol of the options. */
export function listenerFor(options: TestServerOptions, host: ListenerHost): Listener {
  if (options.protocol === 'h2') {
    const { handler = answerOk, settings } = options;
    return http2Listener({ handler, http1Handler: undefined, settings, tls: tlsOptions(options.tls) }, host);
  }
  if (options.protocol === 'either') {
    const { handler = answerOk, settings } = options;
    return http2Listener({ handler, http1Handler: handler, settings, tls: tlsOptions(options.tls) }, host);
  }
  return http1Listener({ handler: options.handler ?? answerOk, tls: tlsOptions(options.tls) }, host);
}

/** Undefined for no TLS. */
function tlsOptions<Options extends object>(tls: boolean | Options | undefined): Partial<Options> | undefined {
  if (tls === undefined || tls === false) return undefined;
  return tls === true ? {} : tls;
}

/** Reads the request first, so that the whole of it is recorded. */
const answerOk: SharedHandler = (request, response) => void request.once('end', () => response.end('ok')).resume();

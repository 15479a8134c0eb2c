import { Agent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** For every client that is built on node:http and node:https. */
export interface Agents {
  readonly http: Agent;
  readonly https: HttpsAgent;
  destroy(): void;
}

export function keepAliveAgents(connections: number): Agents {
  const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  const http = new Agent(options);
  const https = new HttpsAgent(options);
  const destroy = (): void => {
    http.destroy();
    https.destroy();
  };
  return { http, https, destroy };
}

/** node's function for requests to this URL. */
export function requestFunction(url: string): typeof httpRequest {
  return url.startsWith('https:') ? httpsRequest : httpRequest;
}

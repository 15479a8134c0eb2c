export { BytePeer, type BytePeerOptions, type PeerScript } from './byte-peer.ts';
export type { Conversation } from './conversation.ts';
export type { RecordedField, RecordedRequest } from './recorded-request.ts';
export type { Delay, Fault, ScriptedResponse } from './scripted-response.ts';
export { testCertificate, type TestCertificate } from './test-certificate.ts';
export { TestClock } from './test-clock.ts';
export { TestServer, type Handler, type TestServerOptions } from './test-server.ts';

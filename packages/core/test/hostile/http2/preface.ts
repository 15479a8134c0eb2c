import { frames } from '@roundtripper/testing';

import { answerOn, HELLO } from './engine-bench.ts';
import { answered, goAway, type FrameRow } from './row.ts';

const OK = answerOn(1);

/** RFC 9113 §3.4: how a peer begins. */
export const PREFACE: readonly FrameRow[] = [
  ...[
    { name: 'HEADERS', frame: frames.headers(1, { ':status': '200' }) },
    { name: 'DATA', frame: frames.data(1, 'x') },
    { name: 'PING', frame: frames.ping() },
    { name: 'GOAWAY', frame: frames.goAway(0) },
    { name: 'RST_STREAM', frame: frames.reset(1, 'REFUSED_STREAM') },
    { name: 'WINDOW_UPDATE', frame: frames.windowUpdate(0, 1) },
    { name: 'an unknown frame', frame: frames.frame({ type: 0xfa }) },
    { name: 'an acknowledgement of SETTINGS', frame: frames.settingsAck() },
  ].map(({ name, frame }) => ({ fact: `${name} first`, isFirst: true, says: [frame, HELLO, OK], becomes: goAway('PROTOCOL_ERROR') })),
  ...[
    { name: 'HTTP/1.1', bytes: 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n' },
    { name: 'HTTP/1.0 and nothing more', bytes: 'HTTP/1.0' },
    { name: 'a client preface', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
    { name: 'a TLS alert', bytes: '\x15\x03\x03\0\x02\x02\x46' },
    { name: 'the greeting of an SMTP server', bytes: '220 mail.example ESMTP\r\n' },
    { name: 'garbage', bytes: '\xff\xfe\xfd' },
    { name: 'a frame of 64 KiB', bytes: '\x01\0\0' },
  ].map(({ name, bytes }) => ({ fact: name, isFirst: true, says: [bytes], becomes: goAway('PROTOCOL_ERROR') })),
  {
    fact: 'SETTINGS, and the acknowledgement after the answer',
    isFirst: true,
    says: [frames.settings(), OK, frames.settingsAck()],
    becomes: answered('ok', ['SETTINGS ack']),
  },
];

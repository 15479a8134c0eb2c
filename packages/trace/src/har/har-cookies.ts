import { parseHttpDate } from '@roundtripper/core';

import type { HarCookie } from './har-format.ts';
import type { HarRedaction } from './har-redaction.ts';

/** The cookies of a `Cookie` field (RFC 6265 §5.4). */
export function requestCookies(field: string | null, redaction: HarRedaction): HarCookie[] {
  if (field === null) return [];
  return field
    .split(';')
    .map((pair) => nameAndValue(pair, redaction))
    .filter(({ name, value }) => name !== '' || value !== '');
}

/**
 * The cookies of `Set-Cookie` fields (RFC 6265 §5.2): each with those of its attributes that the format knows.
 * @param nowMs For the year of an `Expires` of old that has two digits.
 */
export function responseCookies(fields: readonly string[], redaction: HarRedaction, nowMs: number): HarCookie[] {
  return fields.map((field) => {
    const [pair = '', ...attributes] = field.split(';');
    return { ...nameAndValue(pair, redaction), ...attributesOf(attributes, nowMs) };
  });
}

function nameAndValue(pair: string, redaction: HarRedaction): HarCookie {
  const equalsAt = pair.indexOf('=');
  return { name: pair.slice(0, Math.max(0, equalsAt)).trim(), value: redaction.cookie(pair.slice(equalsAt + 1).trim()) };
}

function attributesOf(attributes: readonly string[], nowMs: number): Partial<HarCookie> {
  const known: { -readonly [Name in keyof HarCookie]?: HarCookie[Name] } = {};
  for (const attribute of attributes) {
    const [name = '', value = ''] = attribute.split('=', 2).map((part) => part.trim());
    switch (name.toLowerCase()) {
      case 'path':
        known.path = value;
        break;
      case 'domain':
        known.domain = value;
        break;
      case 'expires': {
        const expiresMs = parseHttpDate(value, nowMs);
        if (expiresMs !== undefined) known.expires = new Date(expiresMs).toISOString();
        break;
      }
      case 'httponly':
        known.httpOnly = true;
        break;
      case 'secure':
        known.secure = true;
        break;
      case 'samesite':
        known.sameSite = value;
        break;
      default:
    }
  }
  return known;
}

import type { CacheMode } from '@roundtripper/cache';

/** Cases that are not passed, and are not to be, for one reason. */
export interface Miss {
  readonly ids: readonly string[];
  /** In which they are not passed. */
  readonly modes: readonly CacheMode[];
  readonly because: MissReason;
  /** One sentence, with the section. */
  readonly why: string;
}

/**
 * - `other-mode`: it is about the other mode, which passes it.
 * - `edition`: later editions of the suite ask for the contrary, or tell by something else.
 * - `standard`: a standard says otherwise.
 * - `choice`: the standard leaves it open.
 */
export type MissReason = 'other-mode' | 'edition' | 'standard' | 'choice';

const BOTH: readonly CacheMode[] = ['private', 'shared'];

/** All required and optimal cases that are not passed. The test beside this fails on one that is missing here, and on one that passes. */
export const MISSES: readonly Miss[] = [
  {
    ids: ['freshness-max-age-s-maxage-private', 'freshness-max-age-s-maxage-private-multiple'],
    modes: ['shared'],
    because: 'other-mode',
    why: '`s-maxage` takes the place of `max-age` in a shared cache (RFC 9111 §5.2.2.10)',
  },
  {
    ids: ['cc-resp-private-private'],
    modes: ['shared'],
    because: 'other-mode',
    why: '`private` is for no shared cache (RFC 9111 §5.2.2.7)',
  },
  {
    ids: [
      'freshness-s-maxage-shared',
      'freshness-max-age-s-maxage-shared-longer',
      'freshness-max-age-s-maxage-shared-longer-reversed',
      'freshness-max-age-s-maxage-shared-longer-multiple',
      'freshness-max-age-s-maxage-shared-shorter',
      'freshness-max-age-s-maxage-shared-shorter-expires',
    ],
    modes: ['private'],
    because: 'other-mode',
    why: '`s-maxage` says nothing to a private cache (RFC 9111 §5.2.2.10)',
  },
  {
    ids: ['cc-resp-private-shared'],
    modes: ['private'],
    because: 'other-mode',
    why: '`private` is what a private cache stores (RFC 9111 §5.2.2.7)',
  },
  {
    ids: ['other-authorization-public', 'other-authorization-must-revalidate', 'other-authorization-smaxage'],
    modes: ['private'],
    because: 'other-mode',
    why: 'what lets a shared cache serve others what was said to one user (RFC 9111 §3.5); ours keeps users apart in private mode, whatever the server says',
  },
  {
    ids: [
      'age-parse-nonnumeric',
      'age-parse-negative',
      'age-parse-float',
      'age-parse-prefix-twoline',
      'age-parse-dup-0',
      'age-parse-dup-0-twoline',
      'age-parse-dup-old',
      'age-parse-parameter',
      'age-parse-numeric-parameter',
    ],
    modes: BOTH,
    because: 'edition',
    why: 'of several members of `Age` the first counts, and one that is no number is ignored (RFC 9111 §5.1); this edition is older than that, and wants such a response not to be reused',
  },
  {
    ids: ['stale-close-must-revalidate', 'stale-close-no-cache', 'stale-close-proxy-revalidate', 'stale-close-s-maxage=2'],
    modes: BOTH,
    because: 'edition',
    why: 'where the server closes the connection the answer is a 504 (RFC 9111 §5.2.2.2, §5.2.2.4; the last two in shared mode), which this edition takes for a stored response, as it takes everything that does not bear the server’s counter',
  },
  {
    ids: ['304-etag-update-response-Content-MD5'],
    modes: BOTH,
    because: 'edition',
    why: 'a 304 updates all fields but few, and a name in `Content-` is no sign (RFC 9111 §3.2)',
  },
  {
    ids: ['304-etag-update-response-ETag'],
    modes: BOTH,
    because: 'standard',
    why: 'a 304 with a strong tag that nothing stored has updates nothing (RFC 9111 §4.3.4); the whole is asked for instead, which the case takes for a retry',
  },
  {
    ids: ['headers-store-Transfer-Encoding'],
    modes: BOTH,
    because: 'standard',
    why: 'a body in a transfer coding that nobody knows cannot be decoded (RFC 9112 §6.1, §7): the Transport refuses it, as Go’s does, so that there is nothing to store',
  },
  {
    ids: ['vary-normalise-lang-select'],
    modes: BOTH,
    because: 'standard',
    why: 'values of `Accept-Language` that mean different things are different (RFC 9111 §4.1), though one of them would perhaps have got the same',
  },
  {
    ids: ['partial-store-partial-complete'],
    modes: BOTH,
    because: 'standard',
    why: 'parts are put together where they have the same strong validator (RFC 9110 §15.3.7.3), and this one has none: what is missing would be of no use',
  },
  {
    ids: [
      'partial-store-partial-reuse-partial',
      'partial-store-partial-reuse-partial-absent',
      'partial-store-partial-reuse-partial-byterange',
      'partial-store-partial-reuse-partial-suffix',
    ],
    modes: BOTH,
    because: 'standard',
    why: 'the server of this edition says in `Content-Range` that there is one byte more than it sends and than its `Content-Length` says: which of them is right nobody knows, and such a part is not stored',
  },
  {
    ids: ['conditional-lm-fresh-no-lm'],
    modes: BOTH,
    because: 'standard',
    why: 'for want of `Last-Modified` the response’s `Date` counts (RFC 9111 §4.3.2), and that is later than the date in the request',
  },
  {
    ids: ['headers-store-Set-Cookie', '304-etag-update-response-Set-Cookie', 'other-set-cookie'],
    modes: ['shared'],
    because: 'choice',
    why: 'nothing that sets cookies is stored for many users; RFC 9111 §7.3 leaves it to servers to forbid it, and too many forget',
  },
];

/** Media types: what bodies may be (nothing is sniffed) and which form an answer takes. */
import { ServiceError } from '../../service/errors.js';

export type BodyForm = 'json' | 'yaml' | 'ndjson' | 'merge-patch';

const forms: Readonly<Record<string, BodyForm>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/x-yaml': 'yaml',
  'text/yaml': 'yaml',
  'application/x-ndjson': 'ndjson',
  'application/merge-patch+json': 'merge-patch',
};

/** What a route takes. */
export type BodyKind = 'document' | 'bulk' | 'patch';

const acceptedForms: Readonly<Record<BodyKind, readonly BodyForm[]>> = {
  document: ['json', 'yaml'],
  bulk: ['json', 'yaml', 'ndjson'],
  patch: ['merge-patch'],
};

export function acceptedMediaTypes(kind: BodyKind): string[] {
  return Object.keys(forms).filter((type) => acceptedForms[kind].includes(forms[type]!));
}

/**
 * The form that a Content-Type announces. Parameters other than `charset=utf-8` (and its absence) are refused, since
 * nothing here reads another encoding.
 *
 * @throws ServiceError `unsupported_media_type` naming what is accepted and the curl option that says so
 */
export function bodyForm(contentType: string | undefined, kind: BodyKind): BodyForm {
  // as nearly everybody writes it
  if (contentType === 'application/json' && acceptedForms[kind].includes('json')) return 'json';
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const form = Object.hasOwn(forms, type) ? forms[type] : undefined;
  const utf8 = parameters.every(
    (parameter) =>
      parameter === '' || !parameter.startsWith('charset=') || /^charset="?(utf-8|us-ascii)"?$/.test(parameter),
  );
  if (form && utf8 && acceptedForms[kind].includes(form)) return form;
  const accepted = acceptedMediaTypes(kind);
  const given = contentType
    ? `Content-Type "${contentType.slice(0, 100)}" is not taken here`
    : 'the body has no Content-Type';
  throw new ServiceError(
    'unsupported_media_type',
    `${given}; accepted: ${accepted.join(', ')}. With curl: -H 'Content-Type: ${accepted[0]}'`,
    { accepted },
  );
}

interface Range {
  readonly type: string;
  readonly quality: number;
  readonly specificity: number;
}

function ranges(accept: string): Range[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return {
      type,
      quality: Number.isNaN(quality) ? 1 : quality,
      specificity: type === '*/*' ? 0 : type.endsWith('/*') ? 1 : 2,
    };
  });
}

/**
 * The offered media type that the Accept header likes best; the first when there is no header.
 *
 * @throws ServiceError `not_acceptable` naming the offers
 */
export function negotiate<T extends string>(accept: string | undefined, offered: readonly T[]): T {
  const first = offered[0]!;
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return first;
  const wanted = ranges(accept);
  let best: T | undefined;
  let bestQuality = 0;
  for (const offer of offered) {
    const [match] = wanted
      .filter(({ type }) => type === offer || type === '*/*' || type === `${offer.split('/')[0]}/*`)
      .sort((a, b) => b.specificity - a.specificity);
    if (match && match.quality > bestQuality) {
      best = offer;
      bestQuality = match.quality;
    }
  }
  if (best !== undefined) return best;
  throw new ServiceError('not_acceptable', `Accept "${accept.slice(0, 100)}" matches none of ${offered.join(', ')}`, {
    offered,
  });
}

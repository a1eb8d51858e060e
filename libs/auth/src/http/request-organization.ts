import { AuthErrors } from '../refusals/auth.errors.js';

/** The parts of a request in which it may name an organisation. */
export interface NamingRequest {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly raw: { readonly headersDistinct: Readonly<Partial<Record<string, string[]>>> };
}

/** Ids are in lower case, so there is one spelling of each. */
const orgId = /^[a-z0-9_-]{1,100}$/;

/**
 * The organisation that a request names: in its path, in the query (`org_id`), in the header `X-Org-Id` or in the body (`org_id`).
 * @throws DomainError `invalid_org_id` for a value that is none, or for several in one place; `org_mismatch` (400) when two places differ
 */
export function organizationNamedBy({ params, query, body, raw }: NamingRequest): string | undefined {
  const header = raw.headersDistinct['x-org-id'] ?? [];
  const places = [memberOf(params), memberOf(query), header.length > 1 ? header : header[0], memberOf(body)];
  const named = places.filter((value) => value !== undefined).map(requireId);
  if (new Set(named).size > 1) throw AuthErrors.organizationsDiffer();
  return named[0];
}

/** What an object says under `org_id`; also `org_id[…]`, which some parsers make an object of. */
function memberOf(source: unknown): unknown {
  if (typeof source !== 'object' || source === null) return undefined;
  if (Object.keys(source).some((key) => key.startsWith('org_id['))) throw AuthErrors.organizationIdInvalid();
  return Object.hasOwn(source, 'org_id') ? (source as { org_id: unknown }).org_id : undefined;
}

function requireId(value: unknown): string {
  if (typeof value !== 'string' || !orgId.test(value)) throw AuthErrors.organizationIdInvalid();
  return value;
}

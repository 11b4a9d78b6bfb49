// The one vocabulary of refusals. It knows what went wrong and says so in a sentence; it knows no status numbers.

/** Every refusal the product can give, with the details its sentence needs. */
export type ErrorDetails = {
  /**
   * A field of the input breaks a rule. `reason` completes "`field` …". Both name fields in camelCase, `reason` in braces
   * as in "{directoryPath}": each transport puts its own names there.
   */
  invalid_input: { field: string; reason: string };
  /** The request's body cannot be read at all. `reason` is a whole sentence. */
  malformed_request: { reason: string };
  /** Content is larger than this deployment stores. */
  content_too_large: { maxBytes: number };
  /** Everything in a body that is not content, taken together, is too large. */
  fields_too_large: { maxBytes: number };
  /** The content behind a URI could not be had. `reason` is a whole sentence that tells nothing of our network. */
  remote_failed: { reason: string };
  /** No token, or one that does not hold. */
  unauthenticated: { reason: string };
  /** The token holds but does not allow this. */
  forbidden: { reason: string };
  /** What was asked for: a resource by its id or its place, or a version of it, a directory, an upload, or what is in the trash. */
  not_found:
    | { id: string; number?: number }
    | { directoryPath: string; name?: string }
    | { uploadId: string }
    | { trashedId: string }
    | { webhookId: string };
  /** `existingId` is null when the caller may not read the resource that is in the way. */
  conflict: { directoryPath: string; name: string; existingId: string | null };
  /** The content that arrived is not the one that the caller said it would be; both in lower-case hex. */
  digest_mismatch: { expected: string; actual: string };
  /** Bytes were sent for another place of an upload than the one after those that are there. */
  offset_mismatch: { expected: number; provided: number };
  /** The lengths that an upload has been given, or what was sent for it, do not fit together. */
  length_mismatch: { known: number; said: number };
  /** A piece of an upload is not the one that its checksum was made of. */
  checksum_mismatch: { algorithm: string };
  /** Another request has the upload: it is being finished, or has been gone on with. */
  upload_busy: { retryAfterSeconds: number };
  /** Another request with the same idempotency key has not ended yet. */
  request_in_progress: { retryAfterSeconds: number };
  /** The idempotency key stands for the result of another input. */
  idempotency_key_reused: Record<never, never>;
  /** As much as one process does at once, in all or for one account, is being done. `what` completes "… at once". */
  overloaded: { what: string; retryAfterSeconds: number };
  /** The account has no room for it: `what` is what is short. */
  quota_exceeded: { what: 'bytes' | 'resources'; left: number; needed: number };
  /** The account has used up its rate points for now. */
  rate_limited: { points: number; windowSeconds: number; retryAfterSeconds: number };
  /** The resource is no longer in the state that the caller changes it from; `id` is null where there may be none. */
  precondition_failed: { id: string | null };
  /** Not one byte of the range that is asked for exists. */
  range_not_satisfiable: { sizeBytes: number };
  /** A cursor of the log of events from which nobody can go on without missing some. `reason` completes "after …". */
  cursor_gone: { reason: string };
  /** Anything else. The cause goes to the log, never to the caller. */
  internal: Record<never, never>;
};

export type ErrorCode = keyof ErrorDetails;

/** The spelling of GraphQL's inputs and of tRPC's. */
const asItIs: Spell = (field) => field;

/** What a transport calls a field that the domain calls by a name in camelCase. */
export type Spell = (field: string) => string;

const sentences: { [Code in ErrorCode]: (details: ErrorDetails[Code], spell: Spell) => string } = {
  invalid_input: ({ field, reason }, spell) =>
    `${FIELD.test(field) ? spell(field) : field} ${reason.replace(NAMED, (_match, name: string) => spell(name))}`,
  malformed_request: ({ reason }) => reason,
  content_too_large: ({ maxBytes }) => `content is larger than the ${maxBytes} bytes that may be stored; send less`,
  fields_too_large: ({ maxBytes }) =>
    `everything in the body besides the content must fit in ${maxBytes} bytes; shorten the other fields`,
  remote_failed: ({ reason }) => reason,
  unauthenticated: ({ reason }) => reason,
  forbidden: ({ reason }) => reason,
  not_found: (details) => {
    if ('id' in details) {
      if (details.number === undefined) return 'no resource with this id exists in your account';
      return 'no resource with this id has this version; earlier ones are kept for a while only';
    }
    if ('trashedId' in details) return 'nothing with this id is in the trash of your account; it may have expired';
    if ('webhookId' in details) return 'no webhook with this id exists in your account';
    if ('uploadId' in details) return 'no upload with this id exists in your account; it may have expired';
    const { directoryPath, name } = details;
    if (name === undefined) return `nothing is in a directory ${directoryPath} of your account`;
    return `no resource named ${JSON.stringify(name)} exists in ${directoryPath} of your account`;
  },
  conflict: ({ directoryPath, name, existingId }, spell) =>
    `a resource named ${JSON.stringify(name)} already exists in ${directoryPath}` +
    `${existingId === null ? '' : ` (id ${existingId})`}; choose another name or ${spell('directoryPath')}`,
  digest_mismatch: ({ expected, actual }, spell) =>
    `the content's sha256 is ${actual}, not the expected ${expected}; send it again, or correct ${spell('expectedSha256')}`,
  offset_mismatch: ({ expected, provided }) =>
    `the upload has ${expected} bytes, and these begin at ${provided}; go on from where it is`,
  length_mismatch: ({ known, said }) =>
    `the upload is one of ${known} bytes, and now is said or sent to be one of ${said}; begin another with its real size`,
  checksum_mismatch: ({ algorithm }) =>
    `the bytes are not those that the ${algorithm} checksum was made of; the upload is as it was before, send them again`,
  upload_busy: () => 'another request has this upload; ask how far it is, and go on from there',
  request_in_progress: ({ retryAfterSeconds }) =>
    `another request with this Idempotency-Key is still running; repeat yours in ${retryAfterSeconds} s to get its result`,
  idempotency_key_reused: () =>
    'this Idempotency-Key was used for a create with another input; send a new key, or repeat the first input unchanged',
  overloaded: ({ what, retryAfterSeconds }) => `${what} at once; try again in ${retryAfterSeconds} seconds`,
  quota_exceeded: ({ what, left, needed }) =>
    `your account has room for ${left} more ${what}, and this needs ${needed}; delete something, or ask for a larger quota`,
  rate_limited: ({ points, windowSeconds, retryAfterSeconds }) =>
    `your account has used up its ${points} points in ${windowSeconds} s; try again in ${retryAfterSeconds} seconds`,
  precondition_failed: (_details, spell) =>
    `the resource is not in the version that ${spell('ifMatch')} names; read it again and send the version that it has now`,
  range_not_satisfiable: ({ sizeBytes }) => `the range begins after the last of the content's ${sizeBytes} bytes`,
  cursor_gone: ({ reason }) =>
    `after ${reason}; read the resources anew, and go on from the cursor that the log gives for after=latest`,
  internal: () => 'the request failed for a reason on our side; try again, and quote the x-request-id if it persists',
};

/** A name of ours, as opposed to a header or to words such as "the input". */
const FIELD = /^[a-z][A-Za-z0-9]*$/;
const NAMED = /\{([a-z][A-Za-z0-9]*)\}/g;

/** The sentence of a refusal in the words of one transport. */
export function toSentence<Code extends ErrorCode>(
  { code, details }: { readonly code: Code; readonly details: ErrorDetails[Code] },
  spell: Spell,
): string {
  return sentences[code](details, spell);
}

/** A refusal. Its message is written for the caller, with fields in camelCase; `cause` is for the log alone. */
export class GatewayError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'GatewayError';
  readonly code: Code;
  readonly details: ErrorDetails[Code];

  constructor(code: Code, details: ErrorDetails[Code], options?: ErrorOptions) {
    super(sentences[code](details, asItIs), options);
    this.code = code;
    this.details = details;
  }
}

/** Whatever was thrown, as a refusal: ours as it is, anything foreign as `internal` with the cause kept. */
export function toGatewayError(thrown: unknown): GatewayError {
  return thrown instanceof GatewayError ? thrown : new GatewayError('internal', {}, { cause: thrown });
}

/** What a program can act on; null when the refusal has nothing of the kind. */
export type Hints = { readonly existingId: string | null; readonly retryAfterSeconds: number | null };

/** What a refusal tells besides its sentence. */
export function toHints({ details }: GatewayError): Hints {
  return {
    existingId: 'existingId' in details ? details.existingId : null,
    retryAfterSeconds: 'retryAfterSeconds' in details ? details.retryAfterSeconds : null,
  };
}

/** A field that is not ours is named as the caller spelt it, but not at any length. */
const MAX_SHOWN_FIELD = 100;

/** The refusal for a field that breaks a rule; see `ErrorDetails.invalid_input`. */
export function invalidInput(field: string, reason: string): GatewayError<'invalid_input'> {
  return new GatewayError('invalid_input', { field: toShownName(field), reason });
}

/** The refusal of a body that cannot be read; see `ErrorDetails.malformed_request`. The cause goes to the log. */
export function malformedRequest(reason: string, cause?: unknown): GatewayError<'malformed_request'> {
  return new GatewayError('malformed_request', { reason }, { cause });
}

/** A name that a caller sent, short enough to be told back. */
export function toShownName(name: string): string {
  return name.length > MAX_SHOWN_FIELD ? `${name.slice(0, MAX_SHOWN_FIELD).toWellFormed()}…` : name;
}

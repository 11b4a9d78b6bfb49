// What went wrong at a remote, in sentences. It names the cause and never an address, a name or a port of ours.
import { GatewayError } from '../domain/errors.ts';

/** The one answer for every refused address and every name without one, so that they cannot be told apart. */
export const NO_PUBLIC_ADDRESS = 'the host of the uri has no public address that may be fetched from';

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the remote refused the connection'],
  ['EHOSTUNREACH', 'the remote could not be reached'],
  ['ENETUNREACH', 'the remote could not be reached'],
  ['EADDRNOTAVAIL', 'the remote could not be reached'],
  ['ETIMEDOUT', 'the remote did not answer in time'],
  ['ECONNRESET', 'the remote cut the connection'],
  ['EPIPE', 'the remote cut the connection'],
  ['ERR_STREAM_PREMATURE_CLOSE', 'the remote cut the connection'],
  ['HPE_HEADER_OVERFLOW', 'the remote sent headers that are too large'],
  ['EPROTO', 'a secure connection to the remote could not be made'],
]);

/** A refusal of kind `remote_failed`; `reason` is a whole sentence for the caller, `cause` is for the log. */
export function remoteFailed(reason: string, cause?: unknown): GatewayError<'remote_failed'> {
  return new GatewayError('remote_failed', { reason }, cause === undefined ? undefined : { cause });
}

/** The answer's status, when it is not the content. */
export function remoteAnswered(status: number, cause?: unknown): GatewayError<'remote_failed'> {
  return remoteFailed(`the remote answered ${status}`, cause);
}

function toSentence(code: string): string {
  const sentence = SENTENCES.get(code);
  if (sentence !== undefined) return sentence;
  if (code.startsWith('HPE_')) return 'the remote sent an answer that is not valid HTTP';
  if (/^ERR_(TLS|SSL)|CERT|SIGNATURE|^UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH/.test(code)) {
    return 'the TLS certificate or handshake of the remote was not accepted';
  }
  return 'the remote could not be read';
}

/** Whatever a connection threw, as a refusal: ours as it is, anything foreign translated with its cause kept. */
export function toRemoteFailure(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const code = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  return remoteFailed(toSentence(code), thrown);
}

// A storage account as AZURE_STORAGE_CONNECTION_STRING describes it. It refuses a string that names no usable account.

export type AzureConnection = {
  readonly account: string;
  /** Without a slash at its end. */
  readonly blobEndpoint: string;
  /** The account's key, or null. */
  readonly key: Buffer | null;
  /** A shared access signature as a query without "?", or null. */
  readonly sas: string | null;
};

// Printed in Microsoft's documentation of the emulator: a name, not a secret.
const EMULATOR =
  'AccountName=devstoreaccount1;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;' +
  'AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/**
 * The parts of a connection string.
 * @throws TypeError when it names no account or its endpoint is not an address; the string itself is not in the message
 */
export function parseAzureConnection(text: string): AzureConnection {
  const parts = new Map<string, string>();
  for (const part of text.split(';')) {
    const at = part.indexOf('=');
    if (at > 0) parts.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  if (parts.get('usedevelopmentstorage') === 'true') return parseAzureConnection(EMULATOR);
  const endpoint = parts.get('blobendpoint');
  const account = parts.get('accountname') ?? /^https?:\/\/([a-z0-9]{3,24})\./i.exec(endpoint ?? '')?.[1];
  if (account === undefined) throw new TypeError('the Azure connection string names no account');
  const suffix = parts.get('endpointsuffix') ?? 'core.windows.net';
  const blobEndpoint = endpoint ?? `${parts.get('defaultendpointsprotocol') ?? 'https'}://${account}.blob.${suffix}`;
  if (!/^https?:$/.test(URL.parse(blobEndpoint)?.protocol ?? '')) {
    throw new TypeError('the blob endpoint in the Azure connection string is not an http or https address');
  }
  const key = parts.get('accountkey');
  return {
    account,
    blobEndpoint: blobEndpoint.replace(/\/+$/, ''),
    key: key === undefined ? null : Buffer.from(key, 'base64'),
    sas: parts.get('sharedaccesssignature')?.replace(/^\?/, '') ?? null,
  };
}

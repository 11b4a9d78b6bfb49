// The words of refusals: each transport names fields as it spells them, and no other's.
import { toCamelCase } from './transports.ts';

const SNAKE_CASE = /\b[a-z]+(?:_[a-z0-9]+)+\b/g;
const CAMEL_CASE =
  /\b(?:directoryPath|ifMatch|updatedAt|expectedSha256|namePrefix|tagsA[a-z]+|mimeType|[a-z]+SizeBytes|(?:created|updated)[A-Z][a-z]+)\b/;

/**
 * A refusal with its fields in camelCase, so that those of all transports can be compared.
 * @throws when it names a field in the spelling of another transport
 */
export function inOneSpelling(transport: string, message: string | null): string | null {
  if (message === null) return null;
  const foreign = transport.startsWith('REST') ? CAMEL_CASE.exec(message) : message.match(SNAKE_CASE);
  const isRests = transport.startsWith('GraphQL') && /(?<!\$)\b(?:limit|cursor)\b/.test(message);
  if (foreign !== null || isRests) throw new Error(`${transport} uses the words of another transport: ${message}`);
  if (transport.startsWith('GraphQL')) return message.replace(/^first\b/, 'limit').replace(/^after\b/, 'cursor');
  return message.replace(SNAKE_CASE, toCamelCase).replace(/\bIf-Match\b/, 'ifMatch');
}

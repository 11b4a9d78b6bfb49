// A multipart/form-data body: its files stream into staging while they arrive, its fields are small text. It refuses
// more files than asked for, fields beyond their cap, text that is not UTF-8, and a form that ends too soon.
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { StagedContent } from '../../domain/content/staging.ts';
import { GatewayError, malformedRequest } from '../../domain/errors.ts';
import type { ByteStream } from '../../domain/flow/stream.ts';

/** A file of a form; its content is staged under `placeholder`. */
export type FormFile = { readonly fieldName: string; readonly fileName: string | null; readonly placeholder: string };

export type Form = {
  /** In the order sent; a name may repeat. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly FormFile[];
};

export type ReadFormOptions = {
  /** The request's `content-type`, which names the boundary. */
  readonly contentType: string;
  readonly maxFieldsBytes: number;
  readonly maxFiles: number;
  /**
   * Fields whose text is JSON. Clients may send them as `application/json`, and those that know no other way to say so
   * give them a file name as well; they are fields all the same.
   */
  readonly jsonFields: ReadonlySet<string>;
  /** Takes in one file; what it resolves to is the caller's to dispose, also when `readForm` rejects later. */
  stageFile(bytes: ByteStream, part: { mimeType: string }): Promise<StagedContent>;
};

/** What the parser tells of a field and of a file; what the sender left out is undefined. */
type FieldPart = [name: string | undefined, value: string, isNameTruncated: boolean, isTruncated: boolean];
type FilePart = [
  fieldName: string | undefined,
  file: Readable,
  fileName: string | undefined,
  transferEncoding: string,
  mimeType: string,
];

const MAX_FIELDS = 1_000;
const MAX_PART_HEADER_BYTES = 8 * 1024;

/**
 * Reads a form to its end (RFC 7578).
 * @throws GatewayError `malformed_request`, `fields_too_large`, and what `stageFile` throws; the reading stops at once
 */
export async function readForm(
  source: ByteStream,
  options: ReadFormOptions,
): Promise<{ form: Form; streamed: Map<string, StagedContent> }> {
  const fields: [string, string][] = [];
  const files: FormFile[] = [];
  const streamed = new Map<string, StagedContent>();
  const staging: { readonly file: Readable; readonly done: Promise<void> }[] = [];
  const stem = `streamed:${randomUUID()}`;
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});
  const parser = createParser(options);
  const finished = new Promise<void>((resolve) => void parser.once('finish', resolve));
  let fieldsBytes = 0;

  parser.on('field', (...[name, value, , isTruncated]: FieldPart) => {
    fieldsBytes += Buffer.byteLength(value) + (name?.length ?? 0);
    if (isTruncated || fieldsBytes > options.maxFieldsBytes) {
      fail(new GatewayError('fields_too_large', { maxBytes: options.maxFieldsBytes }));
    } else if (name === undefined) fail(malformedRequest('every part of the form needs a name'));
    // The parser puts this character in the place of bytes that are no UTF-8.
    else if (`${name}${value}`.includes('\ufffd')) fail(malformedRequest(`send the form's fields in UTF-8`));
    else fields.push([name, value]);
  });
  parser.on('file', (...[fieldName, file, fileName, , mimeType]: FilePart) => {
    const placeholder = `${stem}:${files.length}`;
    files.push({ fieldName: fieldName ?? '', fileName: fileName || null, placeholder });
    // Whoever refuses a file may never read it, and a stream destroyed with an error that nobody hears ends the process.
    file.on('error', () => {});
    const done = options.stageFile(file, { mimeType }).then(
      (content) => void streamed.set(placeholder, content),
      (error) => fail(error),
    );
    staging.push({ file, done });
  });
  parser.on('filesLimit', () => fail(malformedRequest(`the form must not hold more than ${options.maxFiles} file(s)`)));
  parser.on('fieldsLimit', () => fail(malformedRequest(`the form must not hold more than ${MAX_FIELDS} fields`)));
  parser.on('error', (cause: unknown) => fail(malformedRequest('the form is malformed or ends too soon', cause)));

  try {
    for await (const piece of source) {
      await Promise.race([new Promise<void>((resolve) => parser.write(piece, () => resolve())), failed]);
    }
    parser.end();
    await Promise.race([Promise.all([finished, ...staging.map(({ done }) => done)]), failed]);
    // A failure that came with the last piece has been reported, but loses the race against what is already done.
    await Promise.race([failed, Promise.resolve()]);
    return { form: { fields, files }, streamed };
  } catch (error) {
    for (const { file } of staging) file.destroy(error instanceof Error ? error : new Error('the form was refused'));
    await Promise.all(staging.map(({ done }) => done));
    throw error;
  }
}

function createParser({ contentType, maxFieldsBytes, maxFiles, jsonFields }: ReadFormOptions): BusboyInstance {
  const limits = { fieldSize: maxFieldsBytes, fields: MAX_FIELDS, files: maxFiles, headerSize: MAX_PART_HEADER_BYTES };
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits,
      isPartAFile: (fieldName, mimeType, fileName) =>
        (fileName !== undefined || mimeType === 'application/octet-stream') &&
        !(mimeType === 'application/json' && jsonFields.has(fieldName ?? '')),
    });
  } catch (cause) {
    throw malformedRequest('the content-type multipart/form-data must name its boundary', cause);
  }
}

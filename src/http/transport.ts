// What every transport is mounted with.
import type { Resources } from '../domain/resources.ts';
import type { ReadBody, ReadBytes } from './body/request-body.ts';
import type { Authenticate } from './caller.ts';
import type { OriginOf } from './origin.ts';

/** The service, and what HTTP has to offer beside it. */
export type Transport = {
  readonly operations: Resources;
  readonly authenticate: Authenticate;
  readonly readBody: ReadBody;
  readonly readBytes: ReadBytes;
  readonly originOf: OriginOf;
};

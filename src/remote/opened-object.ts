// What each way of opening hands to the opener: a body and what is known of it. It is not yet counted or capped.
import type { OpenBody } from './http/body-reader.ts';

export type OpenedObject = OpenBody & {
  readonly declaredMimeType: string | null;
  /** The version that the store says it gave, or null. */
  readonly versionRead: string | null;
};

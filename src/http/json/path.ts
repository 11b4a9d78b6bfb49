// Where in a document the scanner stands: the open containers and the way to them. It refuses nesting beyond its limit.
import { GatewayError } from '../../domain/errors.ts';

/** Keys and array indexes from the root, as in ['0', 'content']. */
export type JsonPath = readonly (string | number)[];

export type JsonPlace = {
  /** The way to the value at hand; it changes as the scanner moves on, so copy what you keep. */
  readonly path: JsonPath;
  isRoot(): boolean;
  isInObject(): boolean;
  /** @throws GatewayError `malformed_request` beyond `maxDepth` containers */
  enter(isObject: boolean): void;
  leave(): void;
  setKey(key: string): void;
  nextItem(): void;
};

export function createJsonPlace(maxDepth: number): JsonPlace {
  const path: (string | number)[] = [];
  const isInObject = () => typeof path.at(-1) === 'string';
  return {
    path,
    isRoot: () => path.length === 0,
    isInObject,
    enter(isObject) {
      if (path.length >= maxDepth) {
        throw new GatewayError('malformed_request', {
          reason: `the body is nested deeper than ${maxDepth}; flatten it`,
        });
      }
      path.push(isObject ? '' : 0);
    },
    leave() {
      path.pop();
    },
    setKey(key) {
      path[path.length - 1] = key;
    },
    nextItem() {
      path[path.length - 1] = (path[path.length - 1] as number) + 1;
    },
  };
}

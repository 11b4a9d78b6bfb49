// Where in the console somebody is. It stands behind the address's "#", which no request carries, so that names of files
// appear in no server's log; links and the back button work all the same.
import { useMemo, useSyncExternalStore } from 'react';

const VIEWS = ['files', 'trash', 'usage', 'webhooks'] as const;
export type View = (typeof VIEWS)[number];

export type Place = {
  readonly view: View;
  /** The directory, canonical: absolute, without a slash at its end. */
  readonly path: string;
  /** What is filtered by, how it is sorted, and what is open. */
  readonly query: URLSearchParams;
};

/** Total: what cannot be read is the root. */
export function parsePlace(hash: string): Place {
  const [way = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  const [view = '', ...names] = way
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const known = VIEWS.find((one) => one === view) ?? 'files';
  return { view: known, path: `/${names.join('/')}`, query: new URLSearchParams(query) };
}

/** The address of a place, with its "#". */
export function toHash({ view, path, query }: Place): string {
  const way = path
    .split('/')
    .filter((part) => part !== '')
    .map(encodeURIComponent);
  const text = query.toString();
  return `#${[view, ...way].join('/')}${text === '' ? '' : `?${text}`}`;
}

/** The directory with this path. */
export function toDirectoryHash(path: string): string {
  return toHash({ view: 'files', path, query: new URLSearchParams() });
}

/** Goes there; `replace` leaves no step for the back button. */
export function go(place: Place, { replace = false } = {}): void {
  const hash = toHash(place);
  if (!replace) location.hash = hash;
  else {
    history.replaceState(null, '', hash);
    dispatchEvent(new HashChangeEvent('hashchange'));
  }
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(listen, () => location.hash);
  return useMemo(() => parsePlace(hash), [hash]);
}

/** The place with other parameters; null takes one away. */
export function withQuery(
  place: Place,
  changes: { readonly [name: string]: string | readonly string[] | null },
): Place {
  const query = new URLSearchParams(place.query);
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    for (const one of value === null ? [] : [value].flat()) query.append(name, one);
  }
  return { ...place, query };
}

/** The path of what is called `name` in a directory. */
export function joinPath(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/** The directory above; the root's is the root. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function listen(onChange: () => void): () => void {
  addEventListener('hashchange', onChange);
  return () => removeEventListener('hashchange', onChange);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// The search: by the beginning of a name while it is typed, and every other filter of the API in a form below.
import { useEffect, useState } from 'react';
import { go, type Place, withQuery } from '../place.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { FILTERS, toObject } from './criteria.ts';

const PAUSE_MS = 250;
const NOTHING = Object.fromEntries(FILTERS.map((name) => [name, null]));

export function SearchBox({ place }: { place: Place }) {
  const current = place.query.get('name') ?? '';
  const [text, setText] = useState(current);
  useEffect(() => setText(current), [current]);
  useEffect(() => {
    if (text === current) return;
    const timer = setTimeout(() => {
      // Below here as well: whoever searches seldom knows where.
      const deep = text === '' ? null : '1';
      go(withQuery(place, { name: text === '' ? null : text, deep, id: null }), { replace: true });
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, current, place]);
  return (
    <search className="search">
      <Icon name="search" />
      <input
        type="search"
        id="search"
        aria-label="Search by the beginning of a name"
        aria-keyshortcuts="/"
        placeholder="Name begins with…"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <kbd>/</kbd>
    </search>
  );
}

type FieldOf = { name: (typeof FILTERS)[number]; label: string; type?: string; placeholder?: string };

const FIELDS: readonly FieldOf[] = [
  { name: 'tag', label: 'With every tag', placeholder: 'invoice, 2026' },
  { name: 'anytag', label: 'With any tag', placeholder: 'draft, final' },
  { name: 'type', label: 'Type', placeholder: 'image/* or text/csv' },
  { name: 'metadata', label: 'Metadata contains', placeholder: '{"project":"x"}' },
  { name: 'min', label: 'At least, in bytes', type: 'number' },
  { name: 'max', label: 'At most, in bytes', type: 'number' },
  { name: 'from', label: 'Created from', type: 'date' },
  { name: 'before', label: 'Created before', type: 'date' },
  { name: 'changedfrom', label: 'Changed from', type: 'date' },
  { name: 'changedbefore', label: 'Changed before', type: 'date' },
  { name: 'by', label: 'Created by', placeholder: 'subject' },
  { name: 'sha256', label: 'SHA-256 of the content' },
];
const LISTS: readonly string[] = ['tag', 'anytag'];

export function FilterForm({ place, onClose }: { place: Place; onClose: () => void }) {
  const [mistake, setMistake] = useState<string | null>(null);
  const submit = (form: HTMLFormElement) => {
    const data = new FormData(form);
    const changes: { [name: string]: string | string[] | null } = { id: null, deep: data.has('deep') ? '1' : null };
    for (const { name } of FIELDS) {
      const text = String(data.get(name) ?? '').trim();
      const words = text
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== '');
      changes[name] = text === '' ? null : LISTS.includes(name) ? words : text;
    }
    const { metadata } = changes;
    if (typeof metadata === 'string' && toObject(metadata) === undefined) {
      return setMistake('Metadata must be a JSON object, such as {"project":"x"}.');
    }
    setMistake(null);
    go(withQuery(place, changes));
  };
  return (
    <form
      className="filters"
      aria-label="Filters"
      onSubmit={(event) => {
        event.preventDefault();
        submit(event.currentTarget);
      }}
    >
      {FIELDS.map(({ name, label, type = 'text', placeholder }) => (
        <label key={name}>
          {label}
          <input
            name={name}
            type={type}
            min={type === 'number' ? 0 : undefined}
            placeholder={placeholder}
            defaultValue={place.query.getAll(name).join(', ')}
          />
        </label>
      ))}
      <div className="end">
        <label className="check">
          <input type="checkbox" name="deep" defaultChecked={place.query.has('deep') || !isFiltered(place)} />
          Also in directories below
        </label>
        {mistake !== null && (
          <p className="refusal" role="alert">
            {mistake}
          </p>
        )}
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
        <button type="submit" className="button primary">
          Apply
        </button>
      </div>
    </form>
  );
}

/** The filters in force, each to be taken away. */
export function FilterChips({ place }: { place: Place }) {
  const shown = FILTERS.flatMap((name) => place.query.getAll(name).map((value) => ({ name, value })));
  if (shown.length === 0) return null;
  const without = (name: string, value: string) =>
    withQuery(place, { [name]: place.query.getAll(name).filter((one) => one !== value), id: null });
  return (
    <ul className="chips" aria-label="Filters in force">
      {shown.map(({ name, value }) => (
        <li key={`${name} ${value}`}>
          <span>{name === 'deep' ? 'In directories below' : `${CHIPS[name] ?? name}: ${value}`}</span>
          <IconButton
            icon="close"
            label={`Remove the filter ${name}`}
            className="small"
            onClick={() => go(without(name, value))}
          />
        </li>
      ))}
      <li className="all">
        <Button look="quiet" onClick={() => go(withQuery(place, { ...NOTHING, id: null }))}>
          Clear all
        </Button>
      </li>
    </ul>
  );
}

const CHIPS: { readonly [name: string]: string } = {
  name: 'Name begins with',
  ...Object.fromEntries(FIELDS.map(({ name, label }) => [name, label])),
};

function isFiltered({ query }: Place): boolean {
  return FILTERS.some((name) => query.has(name));
}

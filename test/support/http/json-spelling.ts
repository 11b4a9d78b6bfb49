// Generated documents, each in one of the many spellings that JSON allows for it.
import fc from 'fast-check';

/** A source of choices: a number below `below`. */
type Choose = (below: number) => number;

const SPACES = ['', ' ', '\n', '\t', '\r\n', '  '];
const SHORT: { [character: string]: string } = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function spellUnit(unit: string, choose: Choose): string {
  const code = unit.charCodeAt(0);
  const hex = code.toString(16).padStart(4, '0');
  const long = `\\u${choose(2) === 0 ? hex : hex.toUpperCase()}`;
  const short = SHORT[unit];
  const isBare = code >= 0x20 && unit !== '"' && unit !== '\\' && (code < 0xd800 || code > 0xdfff);
  const spellings = [long, ...(short === undefined ? [] : [short]), ...(isBare ? [unit, unit, unit, unit] : [])];
  return spellings[choose(spellings.length)] as string;
}

export function spellString(text: string, choose: Choose): string {
  // Whole characters may stand bare even when they take two code units; halves are always escaped.
  const spelt = [...text].map((character) =>
    character.length === 2 && choose(2) === 0
      ? character
      : character
          .split('')
          .map((unit) => spellUnit(unit, choose))
          .join(''),
  );
  return `"${spelt.join('')}"`;
}

function spell(value: unknown, choose: Choose): string {
  const space = () => SPACES[choose(SPACES.length * 2)] ?? '';
  if (typeof value === 'string') return spellString(value, choose);
  if (Array.isArray(value))
    return `[${space()}${value.map((item) => spell(item, choose) + space()).join(`,${space()}`)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, inner]) => `${spellString(key, choose)}${space()}:${space()}${spell(inner, choose)}${space()}`,
  );
  if (members.length > 0 && choose(4) === 0) members.unshift(members[choose(members.length)] as string);
  return `{${space()}${members.join(`,${space()}`)}}`;
}

// Of all lengths up to the limit: by itself fast-check keeps to about ten characters.
const text = (maxLength: number) =>
  fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '/', '\n', '\0', 'é', '€', '😀'),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
    maxLength,
    size: 'max',
  });
const halves = fc.string({ unit: fc.constantFrom('a', '\ud800', '\udc00', '\udfff', '\udbff'), maxLength: 5 });
const fields = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
const withContent = fc.record(
  {
    content: text(400),
    name: fc.oneof(text(20), halves),
    metadata: fc.dictionary(fc.oneof(fc.constantFrom('content', '__proto__', '', 'a'), text(5)), fields),
    tags: fc.array(text(200), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

/** A document as text: a create with content, or any JSON value. */
export const spelling: fc.Arbitrary<string> = fc
  .tuple(fc.oneof(withContent, fields), fc.infiniteStream(fc.nat({ max: 719 })))
  .map(([value, choices]) => {
    const choose: Choose = (below) => (choices.next().value as number) % below;
    return ` ${spell(value, choose)}\n`;
  });

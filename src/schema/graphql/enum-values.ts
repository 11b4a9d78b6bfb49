// The values of our enumerations as GraphQL spells them: in capitals. The other transports spell them as the domain does.

type Described<Value extends string> = { readonly [Each in Value]: string };
type EnumValues<Value extends string> = {
  [Each in Value as Uppercase<Each>]: { value: Each; description: string };
};

/** What a builder takes; `described` says of each value what it means. */
export function toEnumValues<Value extends string>(described: Described<Value>): EnumValues<Value> {
  const values = Object.entries<string>(described).map(([value, description]) => [
    value.toUpperCase(),
    { value, description },
  ]);
  return Object.fromEntries(values) as EnumValues<Value>;
}

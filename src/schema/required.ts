// What a refusal says of a field that may not be left out: that it is missing, or what it must be.

/** For zod's `error`: `sentence` for a value of another type. */
export function required(sentence: string) {
  return { error: ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is required' : sentence) };
}

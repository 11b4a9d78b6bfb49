// Remembers what parsing gave, bounded in number and in size: a document with content written into it is not kept.

export type DocumentCacheOptions = { readonly maxEntries: number; readonly maxDocumentChars: number };

/** A cache by a document's text; the least recently used entry goes first. */
export function createDocumentCache<Value>({ maxEntries, maxDocumentChars }: DocumentCacheOptions) {
  const entries = new Map<string, Value>();
  return {
    get(text: string): Value | undefined {
      const value = entries.get(text);
      if (value === undefined) return undefined;
      entries.delete(text);
      entries.set(text, value);
      return value;
    },
    set(text: string, value: Value): void {
      if (text.length > maxDocumentChars) return;
      entries.delete(text);
      entries.set(text, value);
      if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string);
    },
  };
}

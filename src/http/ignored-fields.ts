// The contract's create lets a body hold more than it names. What was not understood is told in a header, in bounded space.

const MAX_NAMES = 20;
const MAX_NAME_CHARACTERS = 40;

/** Gathers names; their header is null while there are none. */
export function createIgnoredFields() {
  const names: string[] = [];
  return {
    add(name: string): void {
      if (names.length < MAX_NAMES) names.push(name.slice(0, MAX_NAME_CHARACTERS).toWellFormed());
    },
    /** Percent-encoded, so that any name may stand in a header and none can end the list. */
    header: () => (names.length === 0 ? null : names.map(encodeURIComponent).join(', ')),
  };
}

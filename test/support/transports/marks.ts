// Text that takes the longest to normalise: a run of combining marks in falling order of their classes.

const toMarks = (count: number) => `a${'\u0300'.repeat(count / 2)}${'\u0316'.repeat(count / 2)}`;

/** Takes a process several seconds when it is normalised before its length is judged. */
export const MARKS = toMarks(250_000);
/** As long as fits an address. */
export const MARKS_IN_URL = toMarks(2_100);

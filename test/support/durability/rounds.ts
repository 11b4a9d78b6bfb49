// How often the durability tests repeat what is left to chance: a few times, or DURABILITY_ROUNDS times.

export const ROUNDS = Number(process.env.DURABILITY_ROUNDS ?? 3);

/** For a test that goes through all of them, also where a cold start of the embedded database takes 20 s. */
export const ROUNDS_TIMEOUT_MS = 60_000 + ROUNDS * 30_000;

// How often the durability tests repeat what is left to chance: a few times, or DURABILITY_ROUNDS times.

export const ROUNDS = Number(process.env.DURABILITY_ROUNDS ?? 3);

/** For a test that goes through all of them, on a machine that has much else to do. */
export const ROUNDS_TIMEOUT_MS = 60_000 + ROUNDS * 30_000;

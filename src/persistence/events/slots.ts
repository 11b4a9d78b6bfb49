// The slots of the log: partitions of some days each, used in turn, so that what is old goes by emptying one.

/** As the migration made them. */
export const EVENT_SLOTS = 12;
/** Events that are written in these days lie in one slot (`event_slot` in the database). */
export const SLOT_DAYS = 5;

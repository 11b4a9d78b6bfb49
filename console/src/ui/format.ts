// Sizes and times as people read them.

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** In steps of 1000, as disks are sold and as file managers of today count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[step]}`;
}

const number = new Intl.NumberFormat();
export const formatCount = (count: number) => number.format(count);
/** "1 file", "2 files". */
export const countOf = (count: number, noun: string) => `${number.format(count)} ${noun}${count === 1 ? '' : 's'}`;

const today = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The time of day when it was today, else the day. */
export function formatTime(text: string): string {
  const time = new Date(text);
  return time.toDateString() === new Date().toDateString() ? `Today, ${today.format(time)}` : day.format(time);
}

export function formatFullTime(text: string | Date): string {
  return full.format(new Date(text));
}

/** "45 s", "3 min", "2 h". */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

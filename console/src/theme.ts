// Dark or light: as the system has it, unless somebody has chosen.

export type Theme = 'dark' | 'light';

const KEY = 'resource-gateway-theme';

/** The one that is shown. */
export function readTheme(): Theme {
  const chosen = localStorage.getItem(KEY);
  if (chosen === 'dark' || chosen === 'light') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** Shows it from now on, in this browser. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  document.documentElement.dataset.theme = theme;
}

/** Shows what somebody chose before. */
export function restoreTheme(): void {
  if (localStorage.getItem(KEY) !== null) document.documentElement.dataset.theme = readTheme();
}

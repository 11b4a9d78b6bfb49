// Where the console begins.
import { CSPProvider } from '@base-ui/react/csp-provider';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { restoreTheme } from './theme.ts';
import { Notices } from './ui/notices.tsx';

restoreTheme();
const root = document.getElementById('console');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <App />
        <Notices />
      </CSPProvider>
    </StrictMode>,
  );
}

// What surrounds every page of the console: the ways to the others, and who is signed in.
import { type MouseEvent, useEffect, useState } from 'react';
import { type Capabilities, useCapabilities } from './api/capabilities.ts';
import { FilesPage } from './files/page.tsx';
import { Live } from './live/live.tsx';
import { type Place, toHash, usePlace, type View } from './place.ts';
import { useRights, useSession } from './session/context.ts';
import { applyTheme, readTheme } from './theme.ts';
import { TrashPage } from './trash/page.tsx';
import { IconButton } from './ui/button.tsx';
import { formatFullTime } from './ui/format.ts';
import { Icon, type IconName } from './ui/icons.tsx';
import { Menu, type MenuEntry } from './ui/menu.tsx';
import { Uploads } from './uploads/context.tsx';
import { UploadPanel } from './uploads/panel.tsx';
import { UsagePage } from './usage/page.tsx';
import { WebhooksPage } from './webhooks/page.tsx';

type Way = {
  view: View;
  icon: IconName;
  label: string;
  isThere: (able: Capabilities, rights: { mayHook: boolean }) => boolean;
};

const WAYS: readonly Way[] = [
  { view: 'files', icon: 'folder', label: 'Files', isThere: () => true },
  { view: 'trash', icon: 'trash', label: 'Trash', isThere: (able) => able.has('/v1/trash') },
  { view: 'usage', icon: 'gauge', label: 'Usage', isThere: (able) => able.has('/v1/usage') },
  {
    view: 'webhooks',
    icon: 'hook',
    label: 'Webhooks',
    isThere: (able, { mayHook }) => mayHook && able.has('/v1/webhooks'),
  },
];

export function Frame() {
  const place = usePlace();
  const able = useCapabilities();
  const [isOpen, setOpen] = useState(false);
  const { gateway } = useSession();
  const rights = useRights();
  // Whoever has chosen a way has seen enough of them.
  useEffect(() => void (place && setOpen(false)), [place]);
  const ways = WAYS.filter(({ isThere }) => able !== null && isThere(able, rights));
  return (
    <Uploads>
      <div className={`frame ${isOpen ? 'open' : ''}`}>
        <a className="skip" href={location.hash} onClick={skip}>
          Skip to content
        </a>
        <header className="side">
          <div className="brand">
            <IconButton
              icon={isOpen ? 'close' : 'menu'}
              label={isOpen ? 'Close the menu' : 'Menu'}
              className="only-narrow"
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            />
            <a href="#files">
              <img src={new URL('./icon.svg', import.meta.url).href} alt="" width="24" height="24" />
              Resource gateway
            </a>
          </div>
          <nav aria-label="Console">
            <ul>
              {ways.map(({ view, icon, label }) => (
                <li key={view}>
                  <a
                    href={toHash({ view, path: '/', query: new URLSearchParams() })}
                    aria-current={view === place.view ? 'page' : undefined}
                  >
                    <Icon name={icon} />
                    {label}
                  </a>
                </li>
              ))}
            </ul>
            <h2>For programs</h2>
            <ul>
              <li>
                <a href={`${gateway.url}/docs`}>
                  <Icon name="text" />
                  REST reference
                </a>
              </li>
              <li>
                <a href={`${gateway.url}/graphql`}>
                  <Icon name="code" />
                  GraphiQL
                </a>
              </li>
            </ul>
          </nav>
          <Account version={able?.version ?? ''} />
        </header>
        <main id="main" tabIndex={-1}>
          {able !== null && <Page place={place} able={able} />}
        </main>
        <UploadPanel />
      </div>
    </Uploads>
  );
}

function Page({ place, able }: { place: Place; able: Capabilities }) {
  switch (place.view) {
    case 'trash':
      return <TrashPage />;
    case 'usage':
      return <UsagePage />;
    case 'webhooks':
      return <WebhooksPage />;
    case 'files':
      return <FilesPage key={place.path} place={place} able={able} />;
  }
}

function Account({ version }: { version: string }) {
  const { claims, signOut } = useSession();
  const [theme, setTheme] = useState(readTheme);
  const next = theme === 'dark' ? 'light' : 'dark';
  const entries: MenuEntry[] = [
    {
      icon: next === 'dark' ? 'moon' : 'sun',
      label: next === 'dark' ? 'Dark' : 'Light',
      action: () => {
        applyTheme(next);
        setTheme(next);
      },
    },
    { icon: 'out', label: 'Sign out', action: () => signOut() },
  ];
  const name = claims.subject ?? 'Signed in';
  return (
    <footer>
      <Menu
        trigger={
          <button type="button" className="account">
            <span className="avatar" aria-hidden="true">
              {name.slice(0, 1).toUpperCase()}
            </span>
            <span className="who">
              <b>{name}</b>
              <span>{claims.account ?? 'unknown account'}</span>
            </span>
            <Icon name="more" />
          </button>
        }
        entries={entries}
      />
      <p className="hint">
        {claims.expiresAt !== null && <>Token until {formatFullTime(claims.expiresAt)}</>}
        {version !== '' && <> · v{version}</>}
      </p>
      <Live />
    </footer>
  );
}

/** Past the ways to other pages; the address stays, since it says where one is. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

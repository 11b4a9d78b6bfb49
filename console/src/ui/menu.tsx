// A button that opens a list of things to do.
import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement } from 'react';
import { Icon, type IconName } from './icons.tsx';

export type MenuEntry = {
  readonly icon: IconName;
  readonly label: string;
  readonly isDanger?: boolean;
  /** What it does; or where it leads. */
  readonly action: (() => void) | string;
};

export function Menu({ trigger, entries }: { trigger: ReactElement; entries: readonly MenuEntry[] }) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className="positioner" sideOffset={4} align="end">
          <Base.Popup className="menu">
            {entries.map(({ icon, label, isDanger, action }) =>
              typeof action === 'string' ? (
                <Base.LinkItem key={label} className="item" href={action} closeOnClick>
                  <Icon name={icon} />
                  {label}
                </Base.LinkItem>
              ) : (
                <Base.Item key={label} className={`item ${isDanger ? 'danger' : ''}`} onClick={action}>
                  <Icon name={icon} />
                  {label}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

// Buttons: with words, or with a drawing and its words for those who do not see it.
import type { ComponentProps, ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

type Props = Omit<ComponentProps<'button'>, 'type'> & {
  icon?: IconName;
  look?: 'primary' | 'danger' | 'plain' | 'quiet';
  children: ReactNode;
};

export function Button({ icon, look = 'plain', children, className = '', ...rest }: Props) {
  return (
    <button type="button" className={`button ${look} ${className}`} {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      <span className="label">{children}</span>
    </button>
  );
}

type IconButtonProps = Omit<ComponentProps<'button'>, 'type' | 'aria-label'> & { icon: IconName; label: string };

export function IconButton({ icon, label, className = '', ...rest }: IconButtonProps) {
  return (
    <button type="button" className={`icon-button ${className}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}

// The way from the root to here.
import { toDirectoryHash } from '../place.ts';
import { useRights } from '../session/context.ts';
import { useDropTarget } from './drag.ts';

export function Breadcrumbs({ path }: { path: string }) {
  const names = path.split('/').filter((name) => name !== '');
  const steps = [
    { name: 'All files', path: '/' },
    ...names.map((name, i) => ({ name, path: `/${names.slice(0, i + 1).join('/')}` })),
  ];
  return (
    <nav className="breadcrumbs" aria-label="Directory">
      <ol>
        {steps.map((step, i) => (
          <Step key={step.path} {...step} isLast={i === steps.length - 1} />
        ))}
      </ol>
    </nav>
  );
}

function Step({ name, path, isLast }: { name: string; path: string; isLast: boolean }) {
  const { mayWrite } = useRights();
  const { isOver, handlers } = useDropTarget(path, { mayWrite, takesRows: !isLast });
  return (
    <li className={isOver ? 'over' : ''} {...handlers}>
      <a href={toDirectoryHash(path)} aria-current={isLast ? 'page' : undefined}>
        <bdi>{name}</bdi>
      </a>
    </li>
  );
}

// The way from the root to here.
import { toDirectoryHash } from '../place.ts';

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
          <li key={step.path}>
            <a href={toDirectoryHash(step.path)} aria-current={i === steps.length - 1 ? 'page' : undefined}>
              <bdi>{step.name}</bdi>
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

// How the reference page looks, by day and by night.
export const REFERENCE_STYLE = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --paper: #fff; --side: #f5f7fa; --line: #dfe4ea;
  --link: #1259c3; --code: #eef1f5; --get: #12733d; --post: #1259c3; --patch: #8a5300; --delete: #b3261e; --head: #5b6675; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e3e8ef; --soft: #9aa6b5; --paper: #14181f; --side: #1a1f28; --line: #2c3440; --link: #7db0ff;
    --code: #222935; --get: #5fd08d; --post: #7db0ff; --patch: #e8b25a; --delete: #ff8d85; --head: #9aa6b5; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr); background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code, pre { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; font-size: .88em; }
code { background: var(--code); border-radius: 4px; padding: .1em .35em; overflow-wrap: anywhere; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1.25rem; background: var(--side);
  border-right: 1px solid var(--line); font-size: .9rem; }
nav .brand { margin: 0 0 1rem; font-weight: 650; font-size: 1.05rem; }
nav .brand a { color: inherit; }
nav .others { display: flex; gap: .9rem; flex-wrap: wrap; margin: -.5rem 0 0; }
.signed-in { padding: .5rem .8rem; border-radius: 8px; background: var(--code); }
nav small { color: var(--soft); font-weight: 400; }
nav h2 { margin: 1.4rem 0 .35rem; font-size: .72rem; letter-spacing: .07em; text-transform: uppercase; color: var(--soft); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: flex; gap: .6rem; align-items: baseline; padding: .2rem 0; color: var(--ink); }
main { padding: 2.5rem clamp(1.25rem, 5vw, 4rem) 6rem; max-width: 62rem; }
h1 { margin: 0 0 .5rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.015em; }
.lead { margin-top: 0; font-size: 1.1rem; color: var(--soft); }
section { margin-top: 3.5rem; }
section > h2 { margin: 0; padding-bottom: .4rem; border-bottom: 1px solid var(--line); font-size: 1.4rem; }
article { margin-top: 2.5rem; }
article h3 { margin: 0 0 .5rem; font-size: 1.12rem; }
article h4 { margin: 1.4rem 0 .4rem; font-size: .72rem; letter-spacing: .07em; text-transform: uppercase; color: var(--soft); }
article h4 span { text-transform: none; letter-spacing: 0; font-size: .85rem; font-weight: 400; }
.call { display: flex; gap: .75rem; align-items: center; margin: 0 0 .75rem; padding: .55rem .8rem; background: var(--code);
  border-radius: 8px; overflow-x: auto; }
.call code { background: none; padding: 0; font-size: .95rem; }
.verb { flex: none; width: 3.4rem; font-size: .7rem; letter-spacing: .04em; text-transform: uppercase; font-weight: 700; }
.get { color: var(--get); } .post { color: var(--post); } .patch { color: var(--patch); } .delete { color: var(--delete); }
.head { color: var(--head); }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
tr:last-child > * { border-bottom: 1px solid var(--line); }
th { width: 15rem; font-weight: 400; }
th em { display: block; font-size: .75rem; font-style: normal; color: var(--delete); }
.type { color: var(--soft); font-size: .87rem; }
dl { margin: 0; font-size: .92rem; }
dl > div { display: flex; gap: 1rem; padding: .3rem 0; }
dt { flex: none; width: 2.6rem; font-variant-numeric: tabular-nums; font-weight: 650; }
dd { margin: 0; }
.good dt { color: var(--get); } .bad dt { color: var(--delete); }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--link); font-size: .92rem; width: max-content; }
pre { margin: .5rem 0 0; padding: .9rem 1rem; background: var(--code); border-radius: 8px; overflow-x: auto; line-height: 1.5; }
.sample { position: relative; margin-top: .5rem; }
.copy { position: absolute; top: .5rem; right: .5rem; padding: .35rem .7rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--paper); color: var(--ink); font: inherit; font-size: .82rem; cursor: pointer; }
.copy:not([hidden]) + pre { margin: 0; padding-top: 3rem; }
h1 small { color: var(--soft); font-size: 1rem; font-weight: 400; letter-spacing: 0; }
.front { display: block; }
@media (max-width: 52rem) {
  body { display: block; }
  nav { position: static; height: auto; max-height: 45vh; border-right: 0; border-bottom: 1px solid var(--line); }
  th { width: 9.5rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print { nav { display: none; } body { display: block; } }
`;

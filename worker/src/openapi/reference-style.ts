// The reference page's looks. No font, script or picture from anywhere: the page works offline and allows nothing else.

export const REFERENCE_STYLE = `
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5b6475; --line: #e2e5ea; --paper: #fff; --tint: #f6f7f9;
  --accent: #b3430c; --get: #1f6f50; --post: #1c5fa8; --patch: #8a5a00; --delete: #a8262b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ec; --soft: #9aa3b2; --line: #2d333d; --paper: #14171c;
  --tint: #1c2027; --accent: #f08a4b; --get: #58c29a; --post: #6fb0f5; --patch: #e0b050; --delete: #f0787c; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
.page { display: grid; grid-template-columns: 16rem minmax(0, 1fr); max-width: 76rem; margin: 0 auto; }
nav { position: sticky; top: 0; align-self: start; height: 100vh; overflow: auto; padding: 2rem 1rem 2rem 1.5rem;
  border-right: 1px solid var(--line); font-size: 0.875rem; }
nav h2 { margin: 1.25rem 0 0.25rem; font-size: 0.75rem; color: var(--soft); text-transform: uppercase; letter-spacing: 0.06em; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: 0.15rem 0; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { color: var(--accent); }
main { padding: 2rem 2.5rem 6rem; }
h1 { margin: 0; font-size: 2rem; } h1 small { font-size: 1rem; font-weight: 400; color: var(--soft); }
section > h2 { margin: 3rem 0 0; padding-bottom: 0.35rem; border-bottom: 2px solid var(--accent); }
article { padding: 1.5rem 0; border-bottom: 1px solid var(--line); scroll-margin-top: 1rem; }
h3 { margin: 0 0 0.25rem; font: 600 1.05rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
h4 { margin: 1.1rem 0 0.35rem; font-size: 0.8rem; text-transform: uppercase; letter-spacing: 0.05em; color: var(--soft); }
.method { display: inline-block; min-width: 4rem; margin-right: 0.5rem; }
.GET { color: var(--get); } .POST { color: var(--post); } .PATCH, .PUT { color: var(--patch); } .DELETE { color: var(--delete); }
.access { float: right; padding: 0.1rem 0.6rem; border: 1px solid var(--line); border-radius: 1rem; font-size: 0.75rem; color: var(--soft); }
p { margin: 0.35rem 0; max-width: 46rem; }
code, pre { font: 0.85rem/1.5 ui-monospace, monospace; }
code { background: var(--tint); padding: 0.05rem 0.3rem; border-radius: 0.25rem; }
pre { margin: 0.35rem 0; padding: 0.85rem 1rem; overflow: auto; background: var(--tint); border: 1px solid var(--line); border-radius: 0.5rem; }
pre code { padding: 0; background: none; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-size: 0.75rem; color: var(--soft); font-weight: 600; }
td:first-child { white-space: nowrap; } td a { color: var(--accent); }
.required { color: var(--accent); font-size: 0.75rem; }
@media (max-width: 52rem) { .page { display: block; } nav { position: static; height: auto; border: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1.5rem; } .access { float: none; display: inline-block; margin-bottom: 0.35rem; } }
`;

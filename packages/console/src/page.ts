/** The one page, and the policy under which a browser shows it: nothing from elsewhere, and no script of its own. */
import { createHash } from 'node:crypto';

export interface Page {
  readonly html: string;
  readonly policy: string;
}

/**
 * `root`: where the files are, beside the page. The modules that `main.js` imports are named in the page, so that a
 * browser asks for all of them at once and not for one after the other.
 */
export function pageOf(
  root: string,
  files: ReadonlyMap<string, Buffer>,
  vendor: { readonly [specifier: string]: string },
): Page {
  const imports = Object.entries(vendor).map(([name, file]) => [name, `./${root}/vendor/${file}`]);
  const map = JSON.stringify({ imports: Object.fromEntries(imports) });
  const modules = [...importedBy('app/main.js', files, vendor)].map(
    (name) => `<link rel="modulepreload" href="./${root}/${name}">`,
  );
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Tallystick</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="./${root}/app/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="./${root}/app/console.css">
<script type="importmap">${map}</script>
${modules.join('\n')}
<script type="module" src="./${root}/app/main.js"></script>
</head>
<body><noscript>This page needs JavaScript.</noscript><div id="app"></div></body>
</html>
`;
  const hash = createHash('sha256').update(map).digest('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return { html, policy };
}

const IMPORT = /^(?:import|export)\s[^;'"]*?['"]([^'"]+)['"]|from\s*["']([^"']+)["']/gm;

/** All that a module needs before it runs; what it imports later is not among it. */
export function importedBy(
  name: string,
  files: ReadonlyMap<string, Buffer>,
  vendor: { readonly [specifier: string]: string },
  found: Set<string> = new Set(),
): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, ours, theirs] of files.get(name)!.toString().matchAll(IMPORT)) {
    const specifier = ours ?? theirs!;
    const file = specifier.startsWith('.')
      ? new URL(specifier, `file:///${name}`).pathname.slice(1)
      : vendor[specifier] && `vendor/${vendor[specifier]}`;
    if (file !== undefined && files.has(file)) importedBy(file, files, vendor, found);
  }
  return found;
}

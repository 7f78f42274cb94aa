// Reads the built site as a browser would: every link leads to a page and a heading that exist, and nothing is loaded from elsewhere.
// Ends with the line `checks: N passed, M failed`, one check for each page.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const site = fileURLToPath(new URL('../.vitepress/dist', import.meta.url));
const base = process.env['DOCS_BASE'] ?? '/';
const origin = 'http://site';

const pages = new Map(
  readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html') && name !== '404.html')
    .map((name) => [name.replaceAll('\\', '/'), readFileSync(join(site, name), 'utf8')]),
);
if (pages.size === 0) throw new Error(`${dirname(site)} holds no built site: run pnpm docs:build`);

const anchors = new Map(
  [...pages].map(([name, html]) => [name, new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id))]),
);

let failed = 0;
for (const [name, html] of pages) {
  const wrong = [...new Set([...linksOf(html).flatMap((link) => faultOf(name, link)), ...foreignResources(html)])];
  if (wrong.length === 0) continue;
  failed += 1;
  for (const fault of wrong) console.error(`${name}: ${fault}`);
}
console.log(`checks: ${pages.size - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** The targets of a page's links, with the entities of HTML undone. */
function linksOf(/** @type {string} */ html) {
  return [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, target]) => String(target).replaceAll('&amp;', '&'));
}

/** What is wrong with a link of a page; nothing for links to other sites, which cannot be checked offline. */
function faultOf(/** @type {string} */ from, /** @type {string} */ link) {
  const url = new URL(link, `${origin}${base}${from}`);
  if (url.origin !== origin) return [];
  if (!url.pathname.startsWith(base)) return [`${link} leaves the site`];
  const path = decodeURIComponent(url.pathname.slice(base.length));
  const target = path === '' || path.endsWith('/') ? posix.join(path, 'index.html') : path;
  if (!pages.has(target)) return existsSync(join(site, target)) ? [] : [`${link} leads nowhere`];
  const anchor = decodeURIComponent(url.hash.slice(1));
  return anchor === '' || anchors.get(target)?.has(anchor) ? [] : [`${link}: no such heading`];
}

/** Scripts, styles, fonts and images that would come from the network. */
function foreignResources(/** @type {string} */ html) {
  const loaded = [...html.matchAll(/<(?:script|img|iframe)\s[^>]*?src="([^"]*)"|<link\s[^>]*?href="([^"]*)"/g)];
  return loaded
    .map(([, src, href]) => src ?? href ?? '')
    .filter((target) => /^(https?:)?\/\//.test(target))
    .map((target) => `${target} is loaded from another site`);
}

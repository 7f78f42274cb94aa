import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { descriptionOf } from './description.ts';
import { labelCells } from './labels.ts';
import { sidebars } from './sidebar.ts';

/** Where the site is served below another path, such as /lstm/. */
const base = process.env['DOCS_BASE'] ?? '/';

// biome-ignore lint/style/noDefaultExport: VitePress reads it
export default defineConfig({
  title: '@lstm',
  description: 'Recurrent networks for TypeScript: LSTM, GRU and their kin in Node, browsers and workers',
  lang: 'en',
  base,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}favicon.svg` }]],
  srcExclude: ['scripts/**', 'test/**', 'test-browser/**'],
  rewrites: { 'examples/README.md': 'examples/index.md' },
  // One file with the settings of the site instead of a copy in each of some six hundred pages.
  metaChunk: true,
  // A worker loads gpu.js when it is asked for.
  vite: { worker: { format: 'es' } },
  markdown: {
    // Of the themes of GitHub those whose comments, which hold what a program prints, can be read.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
    config: labelCells,
  },
  transformPageData({ relativePath, filePath, frontmatter }, { siteConfig: { srcDir } }) {
    // The sidebar does not list the pages of a package, so none has a neighbour in it.
    if (relativePath.startsWith('reference/'))
      Object.assign(frontmatter, { pageClass: 'stacked', prev: false, next: false });
    // Written by programs; their tables have up to nine columns.
    if (/^(performance\/(?!index)|support)/.test(relativePath))
      Object.assign(frontmatter, { pageClass: 'wide', aside: false });
    if (frontmatter['layout'] === 'home') return;
    return { description: descriptionOf(readFileSync(join(srcDir, filePath), 'utf8')) };
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            boost: { title: 4, titles: 2, text: 1 },
            // What programs wrote has most of the pages, every word in it, and the same sections again and again.
            boostDocument: (id, _term, fields) => {
              const part = (fields?.['titles'] as readonly string[] | undefined)?.length ? 0.3 : 1;
              return id.includes('/reference/') ? 0.3 * part : id.includes('/performance/') ? 0.5 * part : 1;
            },
          },
        },
      },
    },
    nav: [
      { text: 'Learn', link: '/learn/', activeMatch: '^/learn/' },
      { text: 'Guides', link: '/guides/', activeMatch: '^/guides/' },
      { text: 'Examples', link: '/examples/', activeMatch: '^/examples/' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
      { text: 'Performance', link: '/performance/', activeMatch: '^/performance/' },
      { text: 'Support', link: '/support' },
    ],
    sidebar: sidebars,
    outline: { level: [2, 3] },
    notFound: {
      title: 'THERE IS NO SUCH PAGE',
      quote: 'The search above finds pages and every published name.',
      linkLabel: 'home',
      linkText: 'Home',
    },
    footer: { message: 'MIT license' },
  },
});

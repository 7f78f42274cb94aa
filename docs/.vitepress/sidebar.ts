import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DefaultTheme } from 'vitepress';

type Items = DefaultTheme.SidebarItem[];

const inDocs = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

interface Group {
  readonly text: string;
  /** What the paths of its pages begin with. */
  readonly folder: string;
  /** Titles by what follows in the path. */
  readonly pages: Readonly<Record<string, string>>;
}

const groups: readonly Group[] = [
  {
    text: 'Learn',
    folder: 'learn/',
    pages: {
      install: 'Install',
      'first-model': 'From data to predictions',
      words: 'Words',
      '': 'What an LSTM is',
      scaling: 'Scaling',
      'sequence-length': 'Sequence length',
      'padding-and-masks': 'Padding and masks',
      regularization: 'Regularization',
      choosing: 'Choosing sizes and rates',
      troubleshooting: 'Troubleshooting',
      'lstm-or-gru': 'LSTM or GRU',
      'why-rnns-forget': 'Why plain RNNs forget',
    },
  },
  {
    text: 'Guides',
    folder: 'guides/',
    pages: {
      '': 'Overview',
      'command-line': 'Forecast from the command line',
      csv: 'From a CSV file',
      backends: 'Swap backends',
      saving: 'Save and load',
      streaming: 'Streaming: one step at a time',
      generation: 'Text generation',
      anomalies: 'Anomaly detection',
      browser: 'In a browser',
      deploy: 'Deploy',
      serving: 'Answer requests while training',
      'encoder-decoder': 'From sequence to sequence',
      'training-loop': 'A training loop by hand',
      'custom-loss': 'A loss, metric or callback of your own',
      'custom-layer': 'A layer of your own',
      'custom-cell': 'A cell of your own',
      'custom-backend': 'A backend in a day',
    },
  },
  {
    text: 'Coming from',
    folder: 'guides/from-',
    pages: { keras: 'Keras', pytorch: 'PyTorch', 'tensorflow-js': 'TensorFlow.js', 'brain-js': 'brain.js' },
  },
  {
    text: 'Examples',
    folder: 'examples/',
    pages: {
      '': 'All examples',
      'first-network': 'A first network',
      'lstm-cell-by-hand': 'The cell by hand',
      'text-classification': 'Classify texts',
      'stacked-lstm': 'Stack two LSTMs',
      'price-forecast': 'Forecast a daily price',
      'lstm-or-gru': 'LSTM and GRU side by side',
      'relu-lstm': 'An LSTM with relu',
      'sequence-classification': 'Classify sequences',
      'adding-problem': 'Remember over many steps',
      'dynamic-depth': 'Depth that depends on the data',
      'swap-backends': 'The same loss on every backend',
    },
  },
  {
    text: 'More',
    folder: '',
    pages: { 'performance/': 'Performance', support: 'Support matrix', 'reference/': 'Reference' },
  },
];

/** All pages but those of the packages; only the group that a page is in is open. */
function bookOpenAt(open: string): Items {
  return groups.map(({ text, folder, pages }) => ({
    text,
    collapsed: text !== open,
    items: Object.entries(pages).map(([page, title]) => ({ text: title, link: `/${folder}${page}` })),
  }));
}

/** The packages and what kinds of things they publish, as typedoc found them. */
const packages: readonly { readonly text: string; readonly link: string; readonly items?: Items }[] = JSON.parse(
  readFileSync(inDocs('reference/typedoc-sidebar.json'), 'utf8'),
);

/** All packages; of the current one the kinds, whose tables list what there is. Every name in every page would be 40 MB. */
function referenceOf(current?: string): Items {
  const kinds = ({ link, items = [] }: (typeof packages)[number]): Items =>
    items.map(({ text = '' }) => ({ text, link: `${link}#${text.toLowerCase().replaceAll(' ', '-')}` }));
  const items = packages.map((each) => {
    const { text, link } = each;
    return link === current ? { text, link, items: kinds(each), collapsed: false } : { text, link };
  });
  return [{ text: 'Reference', link: '/reference/', items }];
}

/** What stands beside a page, by the path that it begins with. */
export const sidebars: DefaultTheme.SidebarMulti = {
  ...Object.fromEntries(packages.map(({ link }) => [link, referenceOf(link)])),
  '/reference/': referenceOf(),
  // VitePress takes the first that fits: "Coming from" goes before "Guides", whose folder it shares.
  ...Object.fromEntries(
    groups
      .toSorted((a, b) => b.folder.length - a.folder.length)
      .map(({ text, folder }) => [`/${folder}`, bookOpenAt(text)]),
  ),
};

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DefaultTheme } from 'vitepress';

type Items = DefaultTheme.SidebarItem[];

function group(text: string, folder: string, pages: Readonly<Record<string, string>>): Items[number] {
  const items = Object.entries(pages).map(([page, title]) => ({ text: title, link: `/${folder}${page}` }));
  return { text, items };
}

const inDocs = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const book: Items = [
  group('Learn', 'learn/', {
    '': 'What an LSTM is',
    'first-model': 'From data to predictions',
    'why-rnns-forget': 'Why plain RNNs forget',
    'lstm-or-gru': 'LSTM or GRU',
    scaling: 'Scaling',
    'sequence-length': 'Sequence length',
    'padding-and-masks': 'Padding and masks',
    regularization: 'Regularization',
  }),
  group('Guides', 'guides/', {
    '': 'Overview',
    backends: 'Swap backends',
    'encoder-decoder': 'From sequence to sequence',
    'custom-layer': 'A layer of your own',
    'custom-cell': 'A cell of your own',
    'custom-loss': 'A loss, metric or callback of your own',
    'custom-backend': 'A backend in a day',
    'training-loop': 'A training loop by hand',
    saving: 'Saving and resuming',
    streaming: 'One step at a time',
    serving: 'Requests while training',
    browser: 'In a browser',
  }),
  group('Coming from', 'guides/', {
    'from-keras': 'Keras',
    'from-pytorch': 'PyTorch',
    'from-tensorflow-js': 'TensorFlow.js',
    'from-brain-js': 'brain.js',
  }),
  group('Examples', 'examples/', {
    '': 'All examples',
    'first-network': 'A first network',
    'lstm-cell-by-hand': 'The cell by hand',
    'text-classification': 'Classify texts',
    'stacked-lstm': 'Stack two LSTMs',
    'price-forecast': 'Forecast a daily price',
    'lstm-or-gru': 'LSTM or GRU',
    'relu-lstm': 'An LSTM with relu',
    'sequence-classification': 'Classify sequences',
    'adding-problem': 'Remember over many steps',
    'dynamic-depth': 'Depth that depends on the data',
    'swap-backends': 'The same loss on every backend',
  }),
  group('Facts', '', {
    support: 'Support matrix',
    'performance/': 'Performance',
    'reference/': 'Reference',
  }),
];

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
  '/': book,
};

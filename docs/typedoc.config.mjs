// The reference: one page for each thing that a package publishes, in one program, so that links lead across packages.
import { entryPoints } from './scripts/entry-points.mjs';

/** @type {Partial<import('typedoc').TypeDocOptions & import('typedoc-plugin-markdown').PluginOptions> & { docsRoot: string }} */
const options = {
  name: '@lstm',
  plugin: [
    'typedoc-plugin-markdown',
    'typedoc-vitepress-theme',
    './scripts/name-modules.mjs',
    './scripts/finish-pages.mjs',
  ],
  entryPoints: Object.keys(entryPoints),
  sortEntryPoints: false,
  tsconfig: 'tsconfig.reference.json',
  out: './reference',
  docsRoot: '.',
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  sanitizeComments: true,
  hideBreadcrumbs: true,
  pageTitleTemplates: { index: 'Reference', member: '{name}' },
  useCodeBlocks: true,
  indexFormat: 'table',
  groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', '*'],
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  tableColumnSettings: {
    hideDefaults: true,
    hideInherited: true,
    hideModifiers: true,
    hideOverrides: true,
    hideSources: true,
  },
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  treatWarningsAsErrors: true,
};

// biome-ignore lint/style/noDefaultExport: typedoc reads it
export default options;

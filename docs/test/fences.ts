import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A ```ts fence of the documentation. */
export interface Fence {
  /** File and line of the fence's first code line, such as `README.md:12`. */
  readonly place: string;
  /** Name for the file that is written to check the fence. */
  readonly fileName: string;
  readonly code: string;
  /** What the comments `// => …` promise, one entry per console.log. */
  readonly expected: readonly string[];
  readonly way: Way;
}

/**
 * How a fence is run: ```` ```ts ```` by itself, ```` ```ts test ```` as a test file, ```` ```ts file=PATH ```` as that file of the
 * repository, which is the fence to the letter and which a test of its own runs.
 */
export type Way = 'alone' | 'test' | { readonly file: string };

function wayOf(info: string): Way {
  const words = info.split(/\s+/);
  const file = words.find((word) => word.startsWith('file='))?.slice('file='.length);
  return file !== undefined ? { file } : words.includes('test') ? 'test' : 'alone';
}

/**
 * Files whose fences are checked: README.md, CONTRIBUTING.md, the guides of docs/, READMEs and sources of the packages.
 * @returns paths relative to the repository
 */
export function documentedFiles(repository: string): string[] {
  const below = (folder: string, wanted: (path: string) => boolean): string[] =>
    existsSync(`${repository}/${folder}`)
      ? readdirSync(`${repository}/${folder}`, { recursive: true, encoding: 'utf8' })
          .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
          .filter(wanted)
          .sort()
      : [];
  const guides = readdirSync(`${repository}/docs`, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return entry.name.endsWith('.md') ? [`docs/${entry.name}`] : [];
    const skipped = entry.name === 'node_modules' || entry.name === 'reference' || entry.name.startsWith('.');
    return skipped ? [] : below(`docs/${entry.name}`, (path) => path.endsWith('.md'));
  });
  const packages = readdirSync(`${repository}/packages`).map((name) => `packages/${name}`);
  const sources = packages.flatMap((folder) =>
    below(`${folder}/src`, (path) => path.endsWith('.ts') && !path.endsWith('.test.ts')),
  );
  const vectors = 'packages/testing/vectors/README.md';
  const readmes = ['README.md', 'CONTRIBUTING.md', ...packages.map((folder) => `${folder}/README.md`), vectors];
  return [...readmes.filter((path) => existsSync(`${repository}/${path}`)), ...guides, ...sources];
}

/**
 * The ```ts fences of one file: all of a Markdown file, those in doc comments of a TypeScript file.
 * @returns the fences in the order of the file
 */
export function fencesOf(repository: string, path: string): Fence[] {
  const text = readFileSync(`${repository}/${path}`, 'utf8');
  const markdown = path.endsWith('.ts') ? docCommentsOnly(text) : text;
  return [...markdown.matchAll(/^[ \t]*```ts([^\n]*)\n([\s\S]*?)^[ \t]*```[ \t]*$/gm)].map((match) => {
    const [, info = '', code = ''] = match;
    const line = markdown.slice(0, match.index).split('\n').length + 1;
    const way = wayOf(info);
    return {
      place: `${path}:${line}`,
      fileName: `${path.replace(/[^a-z0-9]+/gi, '-')}-${line}${way === 'test' ? '.test' : ''}.ts`,
      code,
      expected: promisedOutput(code),
      way,
    };
  });
}

// Blanks everything outside doc comments, and the stars at the line starts; line numbers stay.
function docCommentsOnly(text: string): string {
  let inside = false;
  return text
    .split('\n')
    .map((line) => {
      const opens = /^\s*\/\*\*/.test(line);
      if (opens) inside = true;
      const kept = inside && !opens ? line.replace(/^\s*\* ?/, '') : '';
      if (line.includes('*/')) inside = false;
      return kept;
    })
    .join('\n');
}

// `// => text` promises one console.log; `//    text` lines right below it go on with its further lines.
function promisedOutput(code: string): string[] {
  return [...code.matchAll(/\/\/ => (.*)((?:\n[ \t]*\/\/ {4}.*)*)/g)].map(([, first = '', rest = '']) =>
    [first, ...rest.split('\n').slice(1)].map((line) => line.replace(/^[ \t]*\/\/ {4}/, '').trimEnd()).join('\n'),
  );
}

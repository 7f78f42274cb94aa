// A plugin of typedoc: the first page says what it is; the heading of a page says which package the name is of, for several publish the
// same ones (without the scope: a search for lstm would find every page); no bar stands before the first type of a union, no dash where there is nothing to say.
import { DeclarationReflection, ReflectionKind } from 'typedoc';
import { MarkdownPageEvent } from 'typedoc-plugin-markdown';

const introduction =
  'Everything that the packages publish, by package: those that most programs start with come first, and each page says what a thing ' +
  'takes, what it gives, and how it is called.';

/** @param {import('typedoc-plugin-markdown').MarkdownApplication} app */
export function load(app) {
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    const { model } = page;
    const inModule = model instanceof DeclarationReflection && !model.kindOf(ReflectionKind.Module);
    const module = inModule ? model.parent?.name.replace('@lstm/', '') : undefined;
    page.contents = page.contents
      ?.replace(/^# .*/m, (heading) => (module === undefined ? heading : `${heading} – ${module}`))
      .replace(/^# Reference$/m, (heading) => `${heading}\n\n${introduction}`)
      .replaceAll(/^\|.*/gm, (row) => row.replaceAll('| \\| ', '| ').replaceAll(/\| - (?=\|)/g, '|  '));
  });
}

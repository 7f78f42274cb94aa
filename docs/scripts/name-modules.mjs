// A plugin of typedoc: modules are called by the name that users import, and say what their package says of itself.
import { Comment, Converter, ReflectionKind } from 'typedoc';
import { entryPoints } from './entry-points.mjs';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName;
    const entry = entryPoints[file ?? ''];
    if (entry === undefined) throw new Error(`typedoc made a module of ${file}, which no package publishes`);
    reflection.name = entry.name;
    if (entry.description) reflection.comment = new Comment([{ kind: 'text', text: `${entry.description}.` }]);
  });
}

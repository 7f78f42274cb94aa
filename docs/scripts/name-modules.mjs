// A plugin of typedoc: modules are called by the name that users import, and say what their package says of itself; parameters that
// the code takes apart at once are called by their type.
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
    reflection.comment = new Comment([{ kind: 'text', text: `${entry.description}.` }]);
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      if (parameter.name === '__namedParameters') parameter.name = nameOf(/** @type {any} */ (parameter).type);
    }
  });
}

/**
 * The last word of a type's name, in the plural for an array: `context` for CallContext.
 *
 * @param {import('typedoc').SomeType | undefined} type
 * @returns {string}
 */
function nameOf(type) {
  if (type?.type === 'typeOperator') return nameOf(type.target);
  if (type?.type === 'array') return `${nameOf(type.elementType)}s`;
  if (type?.type !== 'reference') return 'options';
  return (/[A-Z][a-z]*$/.exec(type.name)?.[0] ?? 'options').toLowerCase();
}

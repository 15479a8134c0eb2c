import { parseSync, Visitor, type EcmaScriptModule, type Expression } from 'oxc-parser';

/** One place where a file names another module. */
export interface ImportFound {
  /** As written; undefined for `import(expression)`, which no checker can follow. */
  readonly specifier: string | undefined;
  /** Nothing of it is left when the types are stripped. */
  readonly isType: boolean;
  /** `export … from`, and the same in two steps: `import { a }`, then `export { a }`. */
  readonly isReexport: boolean;
}

/** Every import of a TypeScript source: static, dynamic, of types, and `export … from`. */
export function readImports(path: string, source: string): readonly ImportFound[] {
  const parsed = parseSync(path, source);
  const [error] = parsed.errors;
  if (error !== undefined) throw new SyntaxError(`${path}: ${error.message}`);
  const found = [...staticImports(parsed.module), ...reexports(parsed.module)];
  new Visitor({
    ImportExpression(node) {
      found.push({ specifier: literal(node.source), isType: false, isReexport: false });
    },
    TSImportType(node) {
      found.push({ specifier: literal(node.source), isType: true, isReexport: false });
    },
  }).visit(parsed.program);
  return found;
}

function staticImports(module: EcmaScriptModule): ImportFound[] {
  return module.staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    // `import './a.ts'` has no entries and is run for its effects.
    isType: entries.length > 0 && entries.every((entry) => entry.isType),
    isReexport: false,
  }));
}

function reexports(module: EcmaScriptModule): ImportFound[] {
  return module.staticExports.flatMap(({ entries }) => {
    const specifiers = new Set(entries.flatMap((entry) => entry.moduleRequest?.value ?? []));
    return [...specifiers].map((specifier) => ({
      specifier,
      isType: entries.every((entry) => entry.isType),
      isReexport: true,
    }));
  });
}

function literal(source: Expression): string | undefined {
  return source.type === 'Literal' && typeof source.value === 'string' ? source.value : undefined;
}

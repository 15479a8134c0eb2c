/** A package as its users get it. */
export interface PackedPackage {
  /** Its package.json. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Its files, from its folder, with what the declarations say. */
  readonly files: ReadonlyMap<string, string>;
}

const PACKED = [/^package\.json$/, /^LICENSE$/, /^README\.md$/, /^CHANGELOG\.md$/, /^dist\/.+\.(?:js|d\.ts)$/];
const WANTED = ['LICENSE', 'README.md', 'package.json'];

/** What is wrong with what would be published, one message each. */
export function packageProblems({ manifest, files }: PackedPackage): readonly string[] {
  return [
    ...WANTED.filter((name) => !files.has(name)).map((name) => `${name} is missing`),
    ...[...files.keys()].filter((name) => !isExpected(name)).map((name) => `${name} should not be published`),
    // A schema library in the declarations would make its version a part of this package's API.
    ...[...files].filter(([name, text]) => name.endsWith('.d.ts') && /\bzod\b/i.test(text)).map(([name]) => `${name} mentions zod`),
    ...exportProblems(manifest, files),
    ...(JSON.stringify(manifest).includes('"workspace:')
      ? ['package.json has a workspace: range, which only this workspace can resolve']
      : []),
  ];
}

function isExpected(name: string): boolean {
  return PACKED.some((pattern) => pattern.test(name)) && !name.includes('.test.');
}

function exportProblems(manifest: PackedPackage['manifest'], files: PackedPackage['files']): readonly string[] {
  const targets = exportTargets(manifest);
  if (targets.length === 0) return ['package.json has no exports'];
  return targets
    .filter(({ path }) => !files.has(path.replace(/^\.\//, '')))
    .map(({ subpath, condition, path }) => `exports["${subpath}"].${condition} is ${path}, which is not packed`);
}

interface ExportTarget {
  readonly subpath: string;
  readonly condition: string;
  readonly path: string;
}

function exportTargets(manifest: PackedPackage['manifest']): readonly ExportTarget[] {
  return entriesOf(manifest['exports']).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return [{ subpath, condition: 'default', path: target }];
    return entriesOf(target).flatMap(([condition, path]) => (typeof path === 'string' ? [{ subpath, condition, path }] : []));
  });
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** What a program imports the package by: one specifier for each of its exports that is code. */
export function entryPoints({ manifest }: Pick<PackedPackage, 'manifest'>): readonly string[] {
  const subpaths = entriesOf(manifest['exports']).map(([subpath]) => subpath);
  return subpaths.filter((subpath) => !subpath.endsWith('.json')).map((subpath) => String(manifest['name']) + subpath.slice(1));
}

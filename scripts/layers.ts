import { posix } from 'node:path';
import type { ImportFound } from './read-imports.ts';

/** Which folders of packages/core/src a folder may import from, besides itself. A pattern names single files of a folder. */
const LAYERS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'contract': [],
  'wire': ['contract'],
  'engine': ['contract'],
  'h1': ['contract', 'wire', 'engine'],
  'h2': ['contract', 'wire', 'engine'],
  // A proxy is asked for its tunnel in HTTP/1.1.
  'dial': ['contract', 'wire', /^h1\/(?:response-reader|http1-options)\.ts$/],
  'pool': ['contract'],
  'transport': ['contract', 'wire', 'h1', 'h2', 'dial', 'pool'],
  'client': ['contract'],
  'index.ts': ['contract', 'transport', 'client'],
};

/** What packages may import besides node: modules, and besides the workspace's other packages: of these, every one may import core. */
const THIRD_PARTY: Readonly<Record<string, readonly string[]>> = {
  core: ['zod'],
  cache: ['lru-cache', 'structured-headers', 'redis'],
  retry: ['p-retry', 'structured-headers'],
  trace: ['@opentelemetry/api'],
  testing: [],
};

/** Folders that are entry points of their own, since they stand on an optional peer: only they may import it, and nothing else of the package imports them. */
const SUBPATHS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  trace: { opentelemetry: '@opentelemetry/api' },
  cache: { sqlite: 'node:sqlite', redis: 'redis' },
};

/** What finds and starts somebody else's servers, for the tests of every package. */
const SERVERS_FOR_TESTS = /^packages\/core\/test\/servers\/server-binary\.ts$/;

const SOCKET_MODULES = new Set(['node:net', 'node:tls', 'node:dns', 'node:dns/promises', 'node:events']);
const SCOPE = '@roundtripper/';

export interface SourceFile {
  /** From the workspace's root, as `packages/core/src/pool/assign.ts`. */
  readonly path: string;
  readonly imports: readonly ImportFound[];
}

/** A file, in the terms of the rules. */
interface Place {
  readonly package: string;
  /** `src`, or `test` for what only tests share. */
  readonly folder: string;
  /** From that folder. */
  readonly file: string;
  /** How messages call it: core's files by their layer, others with their package. */
  readonly name: string;
  /** The folder in it, or the file's own name where it lies in none. */
  readonly layer: string;
  readonly isTest: boolean;
}

/** What a file imports against the rules of ARCHITECTURE.md, one message each. */
export function layerViolations({ path, imports }: SourceFile): readonly string[] {
  const place = placeOf(path);
  if (place === undefined) return [`${path}: lies in no package's src or test`];
  if (!(place.package in THIRD_PARTY)) return [`${path}: the package ${place.package} is not in the table of scripts/layers.ts`];
  const found = imports.map((each) => violation(place, each));
  return [layerUnknown(place), ...found].flatMap((message) => (message === undefined ? [] : `${place.name}: ${message}`));
}

function placeOf(path: string): Place | undefined {
  const [, name, folder, file] = /^packages\/([^/]+)\/(src|test)\/(.+)$/.exec(path) ?? [];
  if (name === undefined || folder === undefined || file === undefined) return undefined;
  const [layer = file] = file.split('/');
  const isTest = folder === 'test' || file.endsWith('.test.ts');
  return { package: name, folder, file, name: messageName(name, folder, file), layer, isTest };
}

function messageName(packageName: string, folder: string, file: string): string {
  const inPackage = folder === 'src' ? file : `${folder}/${file}`;
  return packageName === 'core' ? inPackage : `${packageName}/${inPackage}`;
}

function layerUnknown({ package: name, layer, file, isTest }: Place): string | undefined {
  if (name !== 'core' || isTest || layer in LAYERS) return undefined;
  return layer === file ? 'only index.ts may lie in no folder' : `${layer}/ is not in the table of layers`;
}

function violation(place: Place, { specifier, isType, isReexport }: ImportFound): string | undefined {
  if (specifier === undefined) return 'imports an expression, which cannot be checked';
  if (isReexport && !isEntryPoint(place)) return `only a package's index.ts may re-export, and this does ${specifier}`;
  if (specifier.startsWith('.')) return relativeViolation(place, specifier);
  if (specifier.startsWith('node:')) return builtinViolation(place, specifier, isType);
  if (specifier.startsWith(SCOPE)) return siblingViolation(place, specifier);
  return thirdPartyViolation(place, specifier);
}

function isEntryPoint({ package: name, file, layer }: Place): boolean {
  return file === 'index.ts' || (file === `${layer}/index.ts` && SUBPATHS[name]?.[layer] !== undefined);
}

function relativeViolation(place: Place, specifier: string): string | undefined {
  const inPackage = posix.join(place.folder, posix.dirname(place.file), specifier);
  if (place.isTest && SERVERS_FOR_TESTS.test(posix.join('packages', place.package, inPackage))) return undefined;
  if (inPackage.startsWith('..')) return `may not import ${specifier}: it is outside the package`;
  if (!inPackage.startsWith('src/')) return place.isTest ? undefined : `may not import ${specifier}: it is outside src/`;
  const target = inPackage.slice('src/'.length);
  const [layer = target] = target.split('/');
  const peer = SUBPATHS[place.package]?.[layer];
  if (peer !== undefined && layer !== place.layer && !place.isTest) {
    return `may not import ${labelOf(layer)}: it needs the optional peer ${peer}`;
  }
  if (place.package !== 'core' || place.isTest || layer === place.layer) return undefined;
  const allowed = LAYERS[place.layer] ?? [];
  if (allowed.some((rule) => (typeof rule === 'string' ? rule === layer : rule.test(target)))) return undefined;
  const exceptions = allowed.some((rule) => typeof rule !== 'string' && rule.source.startsWith(`^${layer}\\/`));
  return `${labelOf(place.layer)} may not import ${exceptions ? target : labelOf(layer)}`;
}

function labelOf(layer: string): string {
  return layer.endsWith('.ts') ? layer : `${layer}/`;
}

/** The test servers of `testing` are on node:net and its like by purpose: they are the other end. */
function builtinViolation({ package: name, file, layer, isTest }: Place, specifier: string, isType: boolean): string | undefined {
  if (!SOCKET_MODULES.has(specifier) || isTest || name === 'testing') return undefined;
  // How to listen to a signal, which is no emitter.
  if (name === 'core' && file === 'contract/abort-hub.ts' && specifier === 'node:events') return undefined;
  if (name === 'core' && (layer === 'wire' || (layer === 'dial' && isType))) return undefined;
  return `only wire/ of core may import ${specifier}`;
}

function siblingViolation(place: Place, specifier: string): string | undefined {
  const [sibling = '', ...inner] = specifier.slice(SCOPE.length).split('/');
  // A test may use any package, by the entry points that the package's exports name.
  if (place.isTest) return inner[0] === 'src' || inner[0] === 'dist' ? `may not import ${specifier}: it is an inner file` : undefined;
  if (sibling === place.package) return `may not import its own package by name`;
  if (place.package === 'core' || sibling !== 'core') return `@roundtripper/${place.package} may not import ${SCOPE}${sibling}`;
  return inner.length === 0 ? undefined : `may not import ${specifier}: only the entry point of a package`;
}

function thirdPartyViolation(place: Place, specifier: string): string | undefined {
  if (place.isTest) return undefined;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (THIRD_PARTY[place.package]?.includes(name) !== true) return `@roundtripper/${place.package} may not import ${name}`;
  const owner = Object.entries(SUBPATHS[place.package] ?? {}).find(([, peer]) => peer === name);
  if (owner !== undefined && owner[0] !== place.layer) return `only ${owner[0]}/ may import ${name}`;
  // Options are parsed once, in a constructor: nothing on the path of a request may reach for a schema.
  return name === 'zod' && place.layer !== 'transport' ? 'only transport/ may import zod' : undefined;
}

/** A fenced block of a Markdown document. */
export interface CodeBlock {
  /** The first word after the fence. */
  readonly language: string;
  /** The rest of that line. */
  readonly info: string;
  /** The line of the code's first line, counted from 1. */
  readonly line: number;
  readonly code: string;
}

export type Use =
  | { readonly kind: 'run' }
  /** Checked by the compiler but not run, for the reason given. */
  | { readonly kind: 'compile'; readonly reason: string }
  /** Shell: the scripts of package.json that it runs. */
  | { readonly kind: 'shell'; readonly scripts: readonly string[] }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'wrong'; readonly message: string };

const FENCE = /^(?<indent>\s*)(?<fence>`{3,}|~{3,})\s*(?<language>[^\s`]*)[^\S\n]*(?<info>[^`]*)$/;

/** The fenced blocks of a document, in order (CommonMark §4.5). One that is never closed runs to the end. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  const lines = markdown.split(/\r?\n/);
  const blocks: CodeBlock[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const opening = FENCE.exec(lines[index] ?? '')?.groups;
    if (opening === undefined) continue;
    const { indent = '', fence = '', language = '', info = '' } = opening;
    const first = index + 1;
    index = closingLine(lines, first, fence);
    const code = lines.slice(first, index).map((line) => withoutIndent(line, indent.length));
    blocks.push({ language, info: info.trim(), line: first + 1, code: `${code.join('\n')}\n` });
  }
  return blocks;
}

/** A fence is closed by one of the same character that is at least as long and has nothing after it. */
function closingLine(lines: readonly string[], from: number, fence: string): number {
  const closes = (line: string): boolean => {
    const text = line.trim();
    return text.length >= fence.length && text === fence.charAt(0).repeat(text.length);
  };
  const found = lines.findIndex((line, index) => index >= from && closes(line));
  return found === -1 ? lines.length : found;
}

function withoutIndent(line: string, width: number): string {
  const spaces = line.length - line.trimStart().length;
  return line.slice(Math.min(width, spaces));
}

/** What is done with a block. Code in another dialect than `ts` would never be run, so it is refused. */
export function useOf({ language, info, code }: CodeBlock): Use {
  if (language === 'sh') return { kind: 'shell', scripts: npmScripts(code) };
  if (/^(?:typescript|javascript|tsx?|[mc]?[jt]s|jsx|bash|shell|console)$/.test(language) && language !== 'ts') {
    return { kind: 'wrong', message: `is in ${language}: write ts or sh, so that it is checked` };
  }
  if (language !== 'ts') return { kind: 'ignore' };
  const [flag, ...reason] = info.split(' ');
  if (flag === '') return { kind: 'run' };
  if (flag !== 'no-run') return { kind: 'wrong', message: `has the unknown flag ${flag}` };
  if (reason.length === 0) return { kind: 'wrong', message: 'is not run for no reason: say why after no-run' };
  return { kind: 'compile', reason: reason.join(' ') };
}

/** `npm test` and `npm run name`, on lines of their own or after `&&`; `npm install` and its like name no script. */
function npmScripts(code: string): readonly string[] {
  return [...code.matchAll(/(?:^|&&|;|\$)[^\S\n]*npm (?:run[^\S\n]+(?<named>[\w:.-]+)|(?<short>test|start)\b)/gm)].map(
    ({ groups }) => groups?.['named'] ?? groups?.['short'] ?? '',
  );
}

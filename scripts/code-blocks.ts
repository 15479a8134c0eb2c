/** A fenced block of a Markdown document. */
export interface CodeBlock {
  /** Of the fence, counted from 1. */
  readonly line: number;
  /** The info string's first word, like `ts`. */
  readonly language: string;
  /** What follows it. */
  readonly info: string;
  readonly code: string;
}

/** The fenced code blocks of a document, in order (CommonMark §4.5, fences of backquotes). */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { readonly fence: string; readonly line: number; readonly info: string; readonly lines: string[] } | undefined;
  for (const [at, text] of markdown.split('\n').entries()) {
    const [, fence = '', info = ''] = /^ {0,3}(`{3,})([^`]*)$/.exec(text) ?? [];
    if (open === undefined) {
      if (fence !== '') open = { fence, line: at + 1, info: info.trim(), lines: [] };
    } else if (fence.length >= open.fence.length && info.trim() === '') {
      blocks.push(finished(open));
      open = undefined;
    } else {
      open.lines.push(text);
    }
  }
  return blocks;
}

function finished(open: { readonly line: number; readonly info: string; readonly lines: readonly string[] }): CodeBlock {
  const [language = '', ...rest] = open.info.split(/\s+/);
  return { line: open.line, language, info: rest.join(' '), code: `${open.lines.join('\n')}\n` };
}

/** What is to be done with a block. */
export type Treatment =
  | { readonly kind: 'run' }
  /** Its npm commands must be scripts of the workspace. */
  | { readonly kind: 'check-commands'; readonly scripts: readonly string[] }
  | { readonly kind: 'leave' }
  | { readonly kind: 'refuse'; readonly problem: string };

/** TypeScript runs, unless its info string is `no-run` and a reason; shell commands are looked up. */
export function treatment(block: CodeBlock): Treatment {
  switch (block.language) {
    case 'ts':
      if (block.info === '') return { kind: 'run' };
      return /^no-run \S+/.test(block.info)
        ? { kind: 'leave' }
        : { kind: 'refuse', problem: `"${block.info}": expected nothing, or "no-run" and a reason` };
    case 'sh':
      return { kind: 'check-commands', scripts: [...block.code.matchAll(/^npm (?:run )?([\w:-]+)/gm)].map(([, name = '']) => name) };
    default:
      return { kind: 'leave' };
  }
}

// Prose as the rules see it: the sentences of a Markdown file, and what it links to and names.

/** A sentence, the number of its words, and whether it ends as one: items of lists need not. */
export type Sentence = { readonly text: string; readonly words: number; readonly isWhole: boolean }

/** A Markdown file without its code blocks and tables: paragraphs, list items and headings, each on a line. */
export function proseOf(markdown: string): string[] {
  const blocks: string[] = []
  let isCode = false
  let isOpen = false
  for (const line of markdown.split("\n")) {
    if (/^\s*```/.test(line)) {
      isCode = !isCode
      isOpen = false
    } else if (isCode || /^\s*\|/.test(line) || line.trim() === "" || /^ {4}/.test(line)) isOpen = false
    else if (isOpen && !/^\s*(?:#|[-*] |\d+\. )/.test(line)) blocks.push(`${blocks.pop()} ${line.trim()}`)
    else {
      blocks.push(line.trim())
      isOpen = !line.startsWith("#")
    }
  }
  return blocks
}

/** The sentences of a Markdown file. Headings are none, and code in backquotes is one word. */
export function sentencesOf(markdown: string): Sentence[] {
  return proseOf(markdown)
    .filter((block) => !block.startsWith("#"))
    .flatMap(sentencesIn)
}

/** The sentences of a paragraph, without a title in bold before them. */
export function sentencesIn(paragraph: string): Sentence[] {
  const plain = paragraph
    .replace(/^(?:[-*]|\d+\.) +/, "")
    .replace(/^\*\*[^*]+\.\*\* +/, "")
    .replace(/`[^`]*`/g, "code")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\*\*|__|(?<!\w)_|_(?!\w)/g, "")
    .replace(/\b(e\.g|i\.e|cf|vs|approx)\./g, "$1")
  return plain
    .split(/(?<=[.!?]["')]*)\s+(?=[A-Z0-9"'(]|code)/)
    .map((text) => ({
      text: text.trim(),
      words: text.split(/\s+/).filter((word) => /\w/.test(word)).length,
      isWhole: /[.!?:]["')]*$/.test(text.trim()),
    }))
    .filter(({ words }) => words > 0)
}

/** Words per whole sentence, on average. */
export function meanWords(sentences: readonly Sentence[]): number {
  const whole = sentences.filter(({ isWhole }) => isWhole)
  return whole.reduce((sum, { words }) => sum + words, 0) / Math.max(1, whole.length)
}

/** Targets of the links of a Markdown file that lead to files, without anchors. */
export function linksOf(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!.replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target))
}

/** Paths that a Markdown file names in backquotes, outside of code blocks and of what a code block right below holds. */
export function pathsOf(markdown: string, folders: readonly string[]): string[] {
  const text = markdown.replace(/^\s*```[\s\S]*?^\s*```/gm, "```")
  const paths = (of: string) => [...of.matchAll(/`([\w.*-]+(?:\/[\w.*-]+)*\/?)`/g)].map(([, path]) => path!)
  const paragraphs = text.split(/\n\n+|\n(?=```)/)
  const shown = new Set(paragraphs.flatMap((of, n) => (paragraphs[n + 1]?.startsWith("```") ? paths(of) : [])))
  return paths(text).filter(
    (path) =>
      !shown.has(path) &&
      (folders.some((folder) => path.startsWith(`${folder}/`)) || /^[\w./-]+\.(?:ts|md)$/.test(path)),
  )
}

/** Number of words of a Markdown file outside of code blocks and tables. */
export const wordsOf = (markdown: string): number =>
  proseOf(markdown)
    .flatMap((block) => block.split(/\s+/))
    .filter((word) => /\w/.test(word)).length

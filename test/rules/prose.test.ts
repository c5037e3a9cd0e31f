// What the documentation keeps to: sentences that can be read at once, links that lead somewhere, files that there are.

import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { linksOf, meanWords, pathsOf, sentencesOf, wordsOf } from "./prose.ts"
import { FOLDERS, rootFiles, sourceFiles } from "./sources.ts"

const MOST_MEAN_WORDS = 18
const MOST_WORDS = 40
const MOST_WORDS_OF_TOUR = 1500

/** Lists of changes and legal text are no prose. */
const EXEMPT = new Set(["CHANGELOG.md", "LICENSE.md"])

const documents = [...rootFiles(".md"), ...sourceFiles(".md")].filter(({ path }) => !EXEMPT.has(path))
const paths = [...rootFiles(""), ...sourceFiles("")].map(({ path }) => path)

/** Whether there is a file or folder of that path; `*` stands for the rest of it, and a file's ending may be missing. */
function exists(path: string): boolean {
  const star = path.indexOf("*")
  if (star >= 0) return paths.some((known) => known.startsWith(path.slice(0, star)))
  const bare = path.replace(/\/$/, "")
  return (
    bare === "." ||
    paths.some((known) => known === bare || (/^[/.]/.test(known.slice(bare.length)) && known.startsWith(bare)))
  )
}

/** Whether a file named in a document exists: from the root, beside the document, or anywhere if only its name is given. */
const isKnown = (path: string, document: string): boolean =>
  exists(path) ||
  exists(join(dirname(document), path)) ||
  (!path.includes("/") && paths.some((known) => known.endsWith(`/${path}`)))

describe.each(documents)("$path", ({ path, text }) => {
  const sentences = sentencesOf(text)

  it("has short sentences on average", () => {
    expect(meanWords(sentences)).toBeLessThanOrEqual(MOST_MEAN_WORDS)
  })

  it("has no sentence that is too long", () => {
    expect(sentences.filter(({ words }) => words > MOST_WORDS).map((sentence) => sentence.text)).toEqual([])
  })

  it("links to files that exist", () => {
    expect(linksOf(text).filter((link) => !exists(join(dirname(path), link)))).toEqual([])
  })

  it("names files that exist", () => {
    expect(pathsOf(text, FOLDERS).filter((named) => !isKnown(named, path))).toEqual([])
  })
})

it("ARCHITECTURE.md is a tour of ten minutes", () => {
  const tour = documents.find(({ path }) => path === "ARCHITECTURE.md")!
  expect(wordsOf(tour.text)).toBeLessThanOrEqual(MOST_WORDS_OF_TOUR)
})

describe("the reading of prose", () => {
  it("counts the words of sentences, not of headings, titles, tables and code", () => {
    const text =
      "# Not this\n\n**Title.** One two `three four`.\nFive\nsix.\n\n| a | b |\n\n    code here\n\n```ts\nx\n```\n\n- Seven [eight](x.md)\n"
    expect(sentencesOf(text)).toEqual([
      { text: "One two code.", words: 3, isWhole: true },
      { text: "Five six.", words: 2, isWhole: true },
      { text: "Seven eight", words: 2, isWhole: false },
    ])
    expect(meanWords(sentencesOf(text))).toBe(2.5)
  })

  it("finds links and the files named in the text", () => {
    expect(linksOf("[a](x.md#there) [b](https://example.org) [c](#here)")).toEqual(["x.md"])
    const text =
      "See `cpu/x.ts` and `y.ts`, not `cpu` or `b.if`.\n\n`cpu/shown.ts`:\n\n```ts\n`cpu/code.ts`\n```\n\nAgain `cpu/shown.ts`.\n"
    expect(pathsOf(text, ["cpu"])).toEqual(["cpu/x.ts", "y.ts"])
  })
})

// The part of the self-test that is about the manual: whether declarations name encodings and sections as it does, and
// whether two of them claim to be the same encoding.

import type { Instruction, Vocabulary } from "./instruction.ts"

/** An encoding that a declaration names, with the section that prints it. */
type Claim = { readonly section: string; readonly name: string }

/** The parts of an encoding text: the names, and the note behind them. */
function partsOf(encoding: string): { readonly names: readonly string[]; readonly note: string | undefined } {
  const [, names = "", note] = /^([^,]*)(?:, (.+))?$/.exec(encoding) ?? []
  return { names: names.split("/"), note }
}

/** Problems of the table's encoding names, a line each; none in a vocabulary whose manual has no such names. */
export function checkEncodings({ encodings, name }: Vocabulary, instructions: readonly Instruction[]): string[] {
  if (!encodings) return []
  const problems: string[] = []
  const claims = new Map<string, Instruction[]>()
  for (const i of instructions) {
    const { names } = partsOf(i.encoding ?? "")
    const sections = (i.section ?? "").split(", ")
    const found = [
      ...names.filter((n) => !encodings.isName(n)).map((n) => `"${n}" is no name of an encoding`),
      ...sections.filter((s) => !encodings.isSection(s)).map((s) => `"${s}" is no section`),
    ]
    const paired = pairs(names, sections)
    if (paired.length === 0) found.push(`${names.length} encodings and ${sections.length} sections`)
    problems.push(...found.map((problem) => `${name} ${i.name} ${i.args}: ${problem}`))
    for (const { section, name: encoding } of paired) {
      const claim = `${i.name} (${section}) is encoding ${encoding}`
      claims.set(claim, [...(claims.get(claim) ?? []), i])
    }
  }
  for (const [claim, parts] of claims) {
    const notes = new Set(parts.map((i) => partsOf(i.encoding ?? "").note))
    if (parts.length > 1 && (notes.has(undefined) || notes.size < parts.length))
      problems.push(`${name} ${claim} ${parts.length} times, and no notes tell which part each is`)
  }
  return problems
}

/** Each name with its section: one of either may go with several of the other, or as many with as many, in order. */
function pairs(names: readonly string[], sections: readonly string[]): Claim[] {
  if (sections.length === 1) return names.map((name) => ({ section: sections[0]!, name }))
  if (names.length === 1) return sections.map((section) => ({ section, name: names[0]! }))
  return names.length === sections.length ? names.map((name, n) => ({ section: sections[n]!, name })) : []
}

// Other ways to write instructions that assemblers accept (Software Developer's Manual, volume 3, chapter 2: pseudo-ops).

import type { Spelling } from "../isa/index.ts"

type Line = readonly [mnemonic: string, operands: string]
type Rule = readonly [mnemonic: RegExp, operands: RegExp, spell: (m: string[], o: string[]) => Line | undefined]

const register = "r\\d+"

const swapped = (relation: string) => (relation.endsWith("u") ? "ltu" : "lt")

/** Relations that the encodings lack, in terms of those that they have: of registers, and with an immediate. */
function related([, four, relation, unc]: string[], [, p1, p2, x, y]: string[]): Line | undefined {
  const name = (base: string) => `cmp${four}.${base}${unc ?? ""}`
  if (relation === "ne") return [name("eq"), `${p2}, ${p1}=${x}, ${y}`]
  const base = name(swapped(relation!))
  const isImmediate = !/^r\d/.test(x!)
  switch (relation!.slice(0, 2)) {
    case "ge":
      return [base, `${p2}, ${p1}=${x}, ${y}`]
    case "gt":
      return isImmediate ? [base, `${p2}, ${p1}=${Number(x) - 1}, ${y}`] : [base, `${p1}, ${p2}=${y}, ${x}`]
    default:
      return isImmediate ? [base, `${p1}, ${p2}=${Number(x) - 1}, ${y}`] : [base, `${p2}, ${p1}=${y}, ${x}`]
  }
}

const RULES: readonly Rule[] = [
  [/^adds$/, new RegExp(`^(${register}) ?= ?0, (${register})$`), (_, [, r1, r3]) => ["mov", `${r1}=${r3}`]],
  [/^addl$/, /^(\S+) ?= ?(\S+), r0$/, (_, [, r1, imm]) => ["mov", `${r1}=${imm}`]],
  [
    /^add$/,
    new RegExp(`^(${register}) ?= ?([-+]?[0-9]\\w*), (${register})$`),
    (_, [, r1, imm, r3]) => ["adds", `${r1}=${imm}, ${r3}`],
  ],
  [
    /^add$/,
    new RegExp(`^(${register}) ?= ?([-+]?[0-9]\\w*), (r[0-3])$`),
    (_, [, r1, imm, r3]) => ["addl", `${r1}=${imm}, ${r3}`],
  ],
  [/^cmp(4?)\.(ne|le|gt|ge|leu|gtu|geu)(\.unc)?$/, /^(p\d+), (p\d+) ?= ?(\S+), (\S+)$/, related],
  [/^shl$/, /^(\S+) ?= ?(\S+), (\d+)$/, (_, [, r1, r2, n]) => ["dep.z", `${r1}=${r2}, ${n}, ${64 - Number(n)}`]],
  [
    /^shr(\.u)?$/,
    /^(\S+) ?= ?(\S+), (\d+)$/,
    ([, u], [, r1, r3, n]) => [`extr${u ?? ""}`, `${r1}=${r3}, ${n}, ${64 - Number(n)}`],
  ],
  [/^mov$/, /^ar\.(pfs|lc|ec)\b|= ?ar\.(?:pfs|lc|ec)$/, (_, [o]) => ["mov.i", o!]],
  [/^mov$/, /\bar\./, (_, [o]) => ["mov.m", o!]],
  [/^br(?:\.(few|many))?$/, /^.*$/, ([, p], [o]) => [`br.cond.sptk.${p ?? "few"}`, o!]],
  [/^fmpy(\..*)$/, /^(\S+) ?= ?(\S+), (\S+)$/, ([, sf], [, f1, f3, f4]) => [`fma${sf}`, `${f1}=${f3}, ${f4}, f0`]],
  [/^xmpy(\..*)$/, /^(\S+) ?= ?(\S+), (\S+)$/, ([, part], [, f1, f3, f4]) => [`xma${part}`, `${f1}=${f3}, ${f4}, f0`]],
  [
    /^f(add|sub)(\..*)$/,
    /^(\S+) ?= ?(\S+), (\S+)$/,
    ([, op, sf], [, f1, f3, f2]) => [op === "add" ? `fma${sf}` : `fms${sf}`, `${f1}=${f3}, f1, ${f2}`],
  ],
  [/^fnorm(\..*)$/, /^(\S+) ?= ?(\S+)$/, ([, sf], [, f1, f3]) => [`fma${sf}`, `${f1}=${f3}, f1, f0`]],
]

/** The synonyms, for an assembler. */
export const spelling: Spelling = {
  respell(mnemonic, operands) {
    const text = operands.trim().replace(/\s*,\s*/g, ", ")
    return RULES.flatMap(([m, o, spell]) => {
      const [name, rest] = [m.exec(mnemonic), o.exec(text)]
      const line =
        name && rest && spell([...name], [rest.index === 0 && rest[0] === text ? rest[0] : text, ...rest.slice(1)])
      return line ? [line] : []
    })
  },
}

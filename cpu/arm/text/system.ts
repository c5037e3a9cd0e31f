// How operands of system instructions are written (ARM DDI 0406C, B9.3; A8.8.43 for barriers, A8.8.54 for IT).

import type { FieldValues, Form, Text } from "../../isa/index.ts"
import { CONDITIONS } from "../control/conditions.ts"

/** A condition of which the low bit is known. */
export function conditionPair(low: 0 | 1): Text {
  return {
    pattern: CONDITIONS.filter((_, n) => (n & 1) === low).join("|"),
    print: (value) => CONDITIONS[2 * value + low] ?? `?${value}`,
    parse(text) {
      const n = CONDITIONS.indexOf(text.toLowerCase())
      return n >= 0 && (n & 1) === low ? n >> 1 : undefined
    },
  }
}

/** What follows `it` for each mask, by the low bit of the first condition; a mask of 0 is no IT. */
export function itSuffixes(low: 0 | 1): string[] {
  const names: string[] = []
  for (let mask = 1; mask < 16; mask++) {
    const end = 31 - Math.clz32(mask & -mask)
    let suffix = ""
    for (let bit = 3; bit > end; bit--) suffix += ((mask >> bit) & 1) === low ? "t" : "e"
    names[mask] = suffix
  }
  return names
}

function prefixed(prefix: string, count: number): Text {
  return {
    pattern: `${prefix}[0-9]+`,
    print: (value) => `${prefix}${value}`,
    parse(text) {
      const n = Number(text.slice(prefix.length))
      return n < count ? n : undefined
    },
  }
}

/** `p15` */
export const coprocessor = prefixed("p", 16)
/** `c13` */
export const systemRegisterText = prefixed("c", 16)

const barriers: Readonly<Record<number, string>> = {
  15: "sy",
  14: "st",
  11: "ish",
  10: "ishst",
  7: "un",
  6: "unst",
  3: "osh",
  2: "oshst",
}

/** The shareability domain of a barrier, or the number of a reserved one. */
export const barrierOption: Text = {
  pattern: "(?:sy|ishst|ish|unst|un|oshst|osh|st|#(?:0x[0-9a-f]+|[0-9]+))",
  print: (value) => barriers[value] ?? `#${value}`,
  parse(text) {
    if (text.startsWith("#")) return Number(text.slice(1))
    const found = Object.entries(barriers).find(([, name]) => name === text.toLowerCase())
    return found && Number(found[0])
  },
}

const masks = ["none", "f", "i", "if", "a", "af", "ai", "aif"]

/** The interrupt masks that CPS changes. */
export const interruptMasks: Text = {
  pattern: "none|[aif]{1,3}",
  print: (value) => masks[value] ?? `?${value}`,
  parse(text) {
    const n = masks.indexOf(text.toLowerCase())
    return n < 0 ? undefined : n
  },
}

const psrName = (v: FieldValues) => (v["r"] ? "SPSR" : "CPSR")

/** Forms of MRS and MSR, and of ISB, whose option has a name only if it is all of the system. */
export const psrForms: Record<string, Form> = {
  isbOption: {
    fields: ["option"],
    pattern: "(?:sy|#(?:0x[0-9a-f]+|[0-9]+))",
    print: (v) => (v["option"] === 15 ? "sy" : `#${v["option"]}`),
    parse: (text) => ({ option: text.startsWith("#") ? Number(text.slice(1)) : 15 }),
  },
  psr: {
    fields: ["r"],
    pattern: "(?:[CS]PSR|APSR)",
    print: psrName,
    parse: (text) => ({ r: /^s/i.test(text) ? 1 : 0 }),
  },
  psrFields: {
    fields: ["r", "psrMask"],
    pattern: "(?:[CS]PSR_[fsxc]{0,4}|APSR_(?:nzcvq|g|nzcvqg))",
    print: (v) => `${psrName(v)}_${[..."fsxc"].filter((_, n) => (v["psrMask"]! >> (3 - n)) & 1).join("")}`,
    parse(text) {
      const [name, letters] = text.toLowerCase().split("_") as [string, string]
      if (name === "apsr") return { r: 0, psrMask: { nzcvq: 8, g: 4, nzcvqg: 12 }[letters] ?? 0 }
      const mask = [...letters].reduce((sum, c) => sum | (8 >> "fsxc".indexOf(c)), 0)
      return { r: name === "spsr" ? 1 : 0, psrMask: mask }
    },
  },
}

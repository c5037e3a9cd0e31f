// ARM and Thumb code as people read and write it (Arm: ELF for the Arm Architecture, sections 5.5.3 and 5.5.5).

import { type ArmModelName, arm } from "../../../cpu/arm/index.ts"
import { armDialect } from "../../../cpu/arm/text/dialect.ts"
import type { CodeConventions, CodeLocation, CodeSymbol } from "../architecture.ts"

/** Numbers of the code formats. */
const SET = { arm: 0, thumb: 1 } as const

/** Mapping symbols: the kind of contents from there on. */
const MAPPING: Readonly<Record<string, CodeSymbol["contents"]>> = { $a: SET.arm, $t: SET.thumb, $d: "data" }

/** Splits a branch target: bit 0 is set for Thumb code. */
export function locate(entry: number | bigint): CodeLocation {
  const set = BigInt(entry) & 1n
  return { address: BigInt(entry) - set, set: Number(set) }
}

/** Names and symbols of ARM code. */
export const armCode: CodeConventions = {
  sets: Object.keys(SET),
  dialect(model, set = SET.arm) {
    const [a32, thumb] = arm(model as ArmModelName).formats
    const dialect = armDialect(a32!, thumb!)
    return set === SET.arm ? dialect : { ...dialect, formats: { ".thumb": thumb!, ".arm": a32! } }
  },
  locate,
  symbol({ name, value: entry, kind }) {
    if (kind === "section" || kind === "file") return undefined
    const mapping = /^(\$[atd])(?:\.|$)/.exec(name)?.[1]
    if (mapping !== undefined) return { address: entry, name: undefined, contents: MAPPING[mapping], entry }
    if (kind !== "function") return { address: entry, name, contents: undefined, entry }
    const { address, set } = locate(entry)
    return { address, name, contents: set, entry }
  },
}

// PowerPC code as people read and write it (System V ABI, PowerPC Processor Supplement).

import { type PowerPcModelName, powerPc } from "../../../cpu/powerpc/index.ts"
import { powerPcDialect } from "../../../cpu/powerpc/text/dialect.ts"
import type { CodeConventions, CodeLocation } from "../architecture.ts"

const locate = (entry: number | bigint): CodeLocation => ({ address: BigInt(entry), set: 0 })

/** Names and symbols of PowerPC code. */
export const powerPcCode: CodeConventions = {
  sets: ["powerpc"],
  dialect: (model) => powerPcDialect(powerPc(model as PowerPcModelName).formats[0]!),
  locate,
  symbol({ name, value: entry, kind }) {
    if (kind === "section" || kind === "file") return undefined
    return { address: entry, name, contents: kind === "function" ? 0 : undefined, entry }
  },
}

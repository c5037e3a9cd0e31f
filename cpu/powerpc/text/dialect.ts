// PowerPC assembly as people write it. The extended mnemonics of the manual (Programming Environments Manual, appendix F)
// are aliases of the instructions.

import type { CodeFormat, SourceDialect } from "../../isa/index.ts"

/** The source assembler's dialect for PowerPC. */
export function powerPcDialect(format: CodeFormat): SourceDialect {
  return { formats: { ".ppc": format }, bigEndian: true, comments: ["#", "//"] }
}

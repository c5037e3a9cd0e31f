// PowerPC assembly as people write it: the extended mnemonics of the manual beside the basic ones (Programming
// Environments Manual, appendix F).

import type { CodeFormat, SourceDialect, Spelling } from "../../isa/index.ts"

type Line = readonly [mnemonic: string, operands: string]

function respell(_mnemonic: string, _operands: string): Line[] {
  return []
}

/** How PowerPC instructions may be written beside their own templates. */
export const powerPcSpelling: Spelling = { widths: {}, respell }

/** The source assembler's dialect for PowerPC. */
export function powerPcDialect(format: CodeFormat): SourceDialect {
  return { formats: { ".ppc": format }, spelling: powerPcSpelling, bigEndian: true }
}

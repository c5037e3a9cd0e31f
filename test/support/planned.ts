// The plan of assembled code as text: what passes make of it.

import { arm } from "../../cpu/arm/index.ts"
import { armDialect } from "../../cpu/arm/text/dialect.ts"
import { verify } from "../../cpu/ir/index.ts"
import { assembleSource, type CodeFormat } from "../../cpu/isa/index.ts"
import { type DiscoveryOptions, discover } from "../../cpu/jit/discover.ts"
import type { CodeView } from "../../cpu/jit/instruction-ir.ts"
import { IrCache } from "../../cpu/jit/ir-cache.ts"
import { PASSES, printStep } from "../../cpu/jit/passes/index.ts"
import { type Translated, translateRegion } from "../../cpu/jit/translate.ts"

const arch = arm("cortex-a15")
const [a32, thumb] = arch.formats as [(typeof arch.formats)[0], (typeof arch.formats)[0]]

/** Assembled code from offset 0 on, as a region is found in it. */
export function codeOf(source: string): { format: CodeFormat; view: CodeView } {
  const { bytes } = assembleSource(source, armDialect(a32, thumb), { origin: 0, symbols: {} })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const format = source.trimStart().startsWith(".thumb") ? thumb : a32
  const read = (at: number) => {
    if (at + format.unit > view.byteLength) return undefined
    return format.unit === 2 ? view.getUint16(at, true) : view.getUint32(at, true)
  }
  return { format, view: { read } }
}

/** A region that begins at offset 0, with no other region around it. */
export const fromStart = (maxInstructions: number): DiscoveryOptions => ({
  seeds: [0],
  required: [0],
  maxInstructions,
  isBoundary: () => false,
  isCold: () => false,
})

/** The region of assembled code, translated after some passes. */
export function translated(source: string, names: readonly string[]): Translated {
  const { format, view } = codeOf(source)
  const region = discover(arch, new IrCache(arch, format), view, fromStart(64))!
  const passes = PASSES.filter(({ name }) => names.includes(name))
  const translated = translateRegion(arch, region, { pageNumber: () => 0, aligned: 0, passes })
  if (translated.body.length === 0) throw new Error("nothing was translated")
  return translated
}

/** The instructions of a region after some passes, by name, in the order of its blocks: each as lines of text. */
export function planned(source: string, names: readonly string[]): readonly (readonly string[])[] {
  const { plan } = translated(source, names)
  return plan.blocks.flatMap(({ steps }) =>
    steps.map((step) => {
      verify(step.ir, { addressType: arch.addressType, restartable: true })
      return printStep(plan, step)
    }),
  )
}

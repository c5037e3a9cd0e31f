// What a region is found to be, and what its instructions mean.

import { describe, expect, it } from "vitest"
import { armDialect } from "../../../cpu/arm/dialect.ts"
import { arm } from "../../../cpu/arm/index.ts"
import { assembleSource } from "../../../cpu/isa/index.ts"
import { type CodeView, discover, Meanings } from "../../../cpu/jit/discover.ts"

const arch = arm("cortex-a15")
const [a32, thumb] = arch.formats as [(typeof arch.formats)[0], (typeof arch.formats)[0]]

function viewOf(source: string): CodeView {
  const { bytes } = assembleSource(source, armDialect(a32, thumb), { origin: 0 })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isThumb = source.startsWith(".thumb")
  return { read: (at) => (isThumb ? view.getUint16(at, true) : view.getUint32(at, true)) }
}

describe("a region", () => {
  it("knows the others that it leads to, whether they are to be left out or not", () => {
    const view = viewOf("loop: add r0, r0, #1\ncmp r0, r1\nbeq other\nb loop\nother: bx lr")
    for (const isCold of [true, false]) {
      const seeds = { offsets: [0], known: [0], most: 64, isTaken: (at: number) => at === 16 }
      const region = discover(arch, new Meanings(arch, a32), view, { ...seeds, isCold: (at) => isCold && at === 16 })!
      expect([...region.borders]).toEqual([16])
      expect(region.instructions).toBe(4)
    }
  })
})

describe("an instruction of 16 bits", () => {
  it("has one meaning, whatever follows it", () => {
    const view = viewOf(
      ".thumb\nadds r0, r0, #1\nsubs r1, r1, #1\nadds r0, r0, #1\nb.w next\nadds r0, r0, #1\nnext: nop\nnop",
    )
    const meanings = new Meanings(arch, thumb)
    const [first, second, third] = [0, 4, 10].map((at) => meanings.at(view, at, 0)!)
    expect(first!.length).toBe(2)
    expect(second).toBe(first)
    expect(third).toBe(first)
    expect(meanings.at(view, 6, 0)!.length).toBe(4)
    expect(meanings.at(view, 2, 0)).not.toBe(first)
  })
})

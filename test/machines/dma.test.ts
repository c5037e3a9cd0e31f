// Bus masters: what a part writes into memory arrives at the same instruction on every engine, code included.

import { describe, expect, it } from "vitest"
import { BytesBlock } from "../../devices/block/bytes-block.ts"
import { ide } from "../../devices/block/ide.ts"
import { dbdma } from "../../devices/dma/dbdma.ts"
import { DmaLink, unconnected } from "../../devices/kit/index.ts"
import { prepare } from "../../src/boot.ts"
import { ENGINES, type Engine } from "../../src/engine.ts"
import type { BoardKind } from "../../src/machines/index.ts"
import { virt } from "../../src/machines/virt.ts"
import { assemble, firmware } from "../guests/programs.ts"

/** What the first sector of the disk holds: another function for the one that the guest calls. */
const OTHER = assemble("add r5, r5, #1\n bx lr\n", 0)

/** Calls a function all the time, while the disk's first sector is read over it. */
const GUEST = `
        ldr   r0, =0x0c000000         @ DBDMA, channel 0
        ldr   r1, =0x0c001000         @ IDE
        ldr   r2, =0x48000000         @ the list
        ldr   r3, =0x48001000         @ the function
        ldr   r6, =0x30000200         @ INPUT_LAST, 512 bytes
        str   r6, [r2]
        str   r3, [r2, #4]
        ldr   r6, =0x70000000         @ STOP
        str   r6, [r2, #16]
        ldr   r6, =0xe2844001         @ add r4, r4, #1
        str   r6, [r3]
        ldr   r6, =0xe12fff1e         @ bx lr
        str   r6, [r3, #4]
        str   r2, [r0, #0x0c]
        mov   r4, #0
        mov   r5, #0
        ldr   r7, =5000
1:      blx   r3
        subs  r7, r7, #1
        bne   1b
        mov   r6, #1
        strb  r6, [r1, #0x20]         @ one sector
        mov   r6, #0
        strb  r6, [r1, #0x30]
        strb  r6, [r1, #0x40]
        strb  r6, [r1, #0x50]
        mov   r6, #0xe0
        strb  r6, [r1, #0x60]
        mov   r6, #0xc8
        strb  r6, [r1, #0x70]         @ READ DMA
        ldr   r6, =0x80008000
        str   r6, [r0]                @ run
        ldr   r7, =5000
2:      blx   r3
        subs  r7, r7, #1
        bne   2b
        ldr   r0, =0x84000008         @ PSCI SYSTEM_OFF
        hvc   #0
        .pool`

const board: BoardKind = {
  ...virt,
  create(options) {
    const made = virt.create(options)
    const { machine } = made
    const link = new DmaLink()
    const image = new Uint8Array(512)
    image.set(OTHER)
    const byteOrder = "little"
    machine.add("dma", dbdma, {
      at: 0x0c00_0000,
      byteOrder,
      wires: { memory: machine.memoryPort(), channels: { 0: link }, irq: {} },
    })
    machine.add("ata", ide, {
      at: 0x0c00_1000,
      byteOrder,
      wires: { irq: unconnected, dma: link, drive0: { media: "disk", block: new BytesBlock(image) } },
    })
    return made
  },
}

async function run(engine: Engine) {
  const { board: made, run } = await prepare({
    ...firmware(GUEST),
    machine: board,
    engine,
    jit: { tuning: { hotAfter: 50, regionsPerModule: 1 } },
    maxInstructions: 1e6,
  })
  const { outcome, instructions } = await run()
  return { outcome, instructions, first: made.cpu.register("r4"), second: made.cpu.register("r5") }
}

describe("a bus master", () => {
  it("replaces code at the same instruction on every engine", { timeout: 60_000 }, async () => {
    const results = []
    for (const engine of ENGINES) results.push(await run(engine))
    const [one] = results
    expect(one!.outcome).toBe("off")
    expect(Number(one!.first) + Number(one!.second)).toBe(10_000)
    // The command takes 0.5 us, the fetch of the list 0.2 us, 512 bytes 5.12 us; a round of the loop 5 ns.
    expect(Number(one!.second)).toBeGreaterThan(3500)
    expect(Number(one!.first)).toBeGreaterThan(5500)
    for (const other of results) expect(other).toEqual(one)
  })
})

// Programs and typed lines that do their worst to the Open Firmware of the Macintosh boards.

import { describe, expect, it } from "vitest"
import { assembleSource } from "../../cpu/isa/index.ts"
import { powerPc } from "../../cpu/powerpc/index.ts"
import { powerPcDialect } from "../../cpu/powerpc/text/dialect.ts"
import { elf32 } from "../firmware/sample-images.ts"
import { run } from "./guests.ts"

const MiB = 1024 * 1024
const PPC = 20
const CODE = 0x10_0000
const DATA = 0x11_0000
const MACHINES = ["g3beige", "mac99"] as const

/** A program that runs in real mode, with data behind it. */
function program(source: string, data = new Uint8Array(4)): Uint8Array {
  const code = assembleSource(source, powerPcDialect(powerPc("750").formats[0]!), {
    file: "program",
    origin: CODE,
  }).bytes
  const segment = (at: number, bytes: Uint8Array) => ({ virtualAddress: at, physicalAddress: at, data: bytes })
  return elf32({ machine: PPC, endian: "big", entry: CODE, segments: [segment(CODE, code), segment(DATA, data)] })
}

/** Types lines at the prompt, one after the other, and shows what the console showed. */
async function typed(machine: string, lines: readonly string[], memoryBytes = 32 * MiB) {
  const patterns = lines.map(() => /ok $/)
  const { text, ...end } = await run({
    machine,
    memoryBytes,
    expect: [...patterns, /ok $/],
    send: lines.map((line) => `${line}\r`),
    maxInstructions: 1e9,
    timeoutSeconds: 60,
  })
  expect(end).toMatchObject({ outcome: "matched", reason: "" })
  return text
}

describe("the ok prompt", { timeout: 120_000 }, () => {
  it.each(MACHINES)("outlives stacks that overflow and run empty, on %s", async (machine) => {
    const text = await typed(machine, [
      ": grow begin 1 again ; grow",
      ": deeper recurse 1 ; deeper",
      "drop drop drop drop",
      "r> r> r> r> r>",
      ": half if ;",
      "2 3 + .",
    ])
    expect(text).toContain("5 ")
  })

  it("outlives memory that is not there", async () => {
    const text = await typed("mac99", [
      "hex ffffffff @ .",
      "0 7ffffffc !",
      "7fffffff alloc-mem .",
      "ffffff00 ffffff80 1000 move",
      "80000000 1000 ff fill",
      "2 3 + .",
    ])
    expect(text).toContain("5 ")
  })

  it.each([
    "begin again",
    "begin ffff0000 ffff0000 ffff0000 move again",
    "0 7fffffff ff fill",
    "0 7fffffff type",
    "ffffffff ms",
    "begin key? until",
  ])("comes back by Ctrl-C from %s", async (work) => {
    const end = await run({
      machine: "mac99",
      memoryBytes: 32 * MiB,
      expect: [/ok $/, /begun/, /ok $/, /5 /],
      send: [`hex : forever ." be" ." gun" ${work} ; forever\r`, "\x03", "2 3 + .\r"],
      maxInstructions: 1e9,
      timeoutSeconds: 60,
    })
    expect(end).toMatchObject({ outcome: "matched", reason: "" })
  })
})

/** Words of an argument array. */
const words = (values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  for (const [n, value] of values.entries()) view.setUint32(4 * n, value)
  return bytes
}

describe("a client program", { timeout: 120_000 }, () => {
  it.each(MACHINES)("may pass wild pointers to every service, and exits to the prompt, on %s", async (machine) => {
    const wild = [0, 1, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xfff0_8000, 0xffff_fffc, 0xffff_ffff, DATA + 2]
    const services =
      "finddevice getprop getproplen setprop nextprop peer child parent canon instance-to-path package-to-path open read write seek claim release call-method interpret quiesce milliseconds test set-callback".split(
        " ",
      )
    const SLOT = 128
    const arrays = services.flatMap((service) => wild.map((pointer) => ({ service, pointer })))
    const data = new Uint8Array(SLOT * (arrays.length + 1))
    const text = new TextEncoder()
    for (const [n, { service, pointer }] of arrays.entries()) {
      const name = DATA + n * SLOT + 64
      data.set(words([name, 4, 2, pointer, pointer, pointer, pointer, 0, 0]), n * SLOT)
      data.set(text.encode(service), n * SLOT + 64)
    }
    data.set(words([DATA + SLOT * arrays.length + 64, 0, 0]), SLOT * arrays.length)
    data.set(text.encode("exit"), SLOT * arrays.length + 64)
    const bare = wild.map(
      (pointer) => `
        lis   r3, ${pointer >>> 16}
        ori   r3, r3, ${pointer & 0xffff}
        mtctr r31
        bctrl`,
    )
    const source = `
        mr    r31, r5
        ${bare.join("\n")}
        lis   r30, ${DATA >>> 16}
        li    r29, ${arrays.length + 1}
  next: mr    r3, r30
        mtctr r31
        bctrl
        addi  r30, r30, ${SLOT}
        addic. r29, r29, -1
        bne   next
        b     .`
    const { text: shown, ...end } = await run({
      image: program(source, data),
      machine,
      memoryBytes: 32 * MiB,
      expect: [/ok $/, /5 /],
      send: ["2 3 + .\r"],
      maxInstructions: 1e9,
      timeoutSeconds: 60,
    })
    expect(end, shown.slice(-500)).toMatchObject({ outcome: "matched", reason: "" })
  })

  it("for another PowerPC meets an instruction that is none, and costs the host nothing", async () => {
    // tlbwe of Book E, and no handler of the program interrupt.
    const { outcome, reason } = await run({
      image: program(".word 0x7c0007a4\nb ."),
      machine: "g3beige",
      memoryBytes: 32 * MiB,
      maxInstructions: 1e6,
    })
    expect({ outcome, reason }).toEqual({ outcome: "limit", reason: "1000000 instructions have been executed" })
  })
})

// PowerPC assembly as people write it, against GNU binutils.

import { describe, expect, it } from "vitest"
import { assembleSource, disassemble, SourceError } from "../../../cpu/isa/index.ts"
import { assembleWithGnu, disassembleWithGnu, hasBinutils, powerPcBinutils } from "../../support/binutils.ts"
import { powerPcTarget } from "../../support/powerpc-target.ts"

const { architecture, dialect } = powerPcTarget("7400")
const tools = powerPcBinutils("7400")

const each = (line: string, names: string) => names.split(" ").map((name) => line.replace("%", name))
const CONDITIONS = "lt gt eq so ge le ne ns un nl ng nu"

/** The extended mnemonics of the Programming Environments Manual, appendix F. */
const lines = [
  ...each("%", "nop xnop trap blr blrl bctr bctrl"),
  ...["li r3, -5", "lis r3, 0x1234", "la r3, 8(r4)", "subi r3, r4, 5", "subis r3, r4, 5", "subic. r3, r4, 5"],
  ...["sub r3, r4, r5", "subo. r3, r4, r5", "subc r3, r4, r5", "mr r3, r4", "mr. r3, r4", "not r3, r4", "not. r3, r4"],
  ...["cmpw r3, r4", "cmpw cr1, r3, r4", "cmplw r3, r4", "cmplw cr7, r3, r4", "cmpwi r3, -1", "cmpwi cr2, r3, 4"],
  ...["cmplwi r3, 65535", "cmplwi cr3, r3, 4"],
  ...each("rotlwi% r3, r4, 5", " ."),
  ...[
    "slwi r3, r4, 5",
    "srwi. r3, r4, 5",
    "clrlwi r3, r4, 5",
    "clrrwi r3, r4, 5",
    "rotlw r3, r4, r5",
    "slwi r3, r4, 0",
  ],
  ...each("tw% r3, r4", "eq ne lt le gt ge lgt llt lge lle u"),
  ...each("tw%i r3, -4", "eq ne lt le gt ge lgt llt lge lle u"),
  ...["crset 4*cr1+eq", "crclr lt", "crmove eq, gt", "crnot so, 4*cr7+so", "mtcr r3", "mtcrf 255, r3", "mfcr r3"],
  ...each("b% .+8", CONDITIONS),
  ...each("b% cr3, .+8", CONDITIONS),
  ...each("b%+ cr3, .+8", CONDITIONS),
  ...each("b%l- .+8", CONDITIONS),
  ...each("b%a 0x1000", CONDITIONS),
  ...each("b%la+ cr1, 0x1000", CONDITIONS),
  ...each("b%lr", CONDITIONS),
  ...each("b%lrl+ cr2", CONDITIONS),
  ...each("b%ctr- cr4", CONDITIONS),
  ...each("b%ctrl", CONDITIONS),
  ...each("bd% .+8", "nz z nz+ z- nzl zl+"),
  ...each("bd% 4*cr1+eq, .+8", "nzt nzf zt zf nzt+ zf- nztl"),
  ...each("bd%", "nzlr zlr nzlrl zlr+"),
  ...each("bd% eq", "nztlr nzflr ztlr zflr+"),
  ...each("mt% r3", "xer lr ctr dsisr dar dec sdr1 srr0 srr1 ear tbl tbu vrsave"),
  ...each("mf% r3", "xer lr ctr dsisr dar dec sdr1 srr0 srr1 ear pvr vrsave"),
  ...["mtsprg 2, r3", "mfsprg r3, 3", "mtibatu 1, r3", "mfdbatl r3, 2", "mftb r3", "mftbu r3", "mtspr 1008, r3"],
  ...["lwz r3, -4(r1)", "stwu r1, -16(r1)", "lwz r3, 8(0)", "addi r3, r4, 0x7f", "andi. r3, r4, 0xffff"],
]

const hex = (bytes: Uint8Array) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("")

function assembled(line: string): Uint8Array | string {
  try {
    return assembleSource(line, dialect).bytes
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    return error.message
  }
}

describe.runIf(hasBinutils(tools))("PowerPC source", () => {
  const ours = lines.map(assembled)

  it("assembles as GNU as assembles it", () => {
    const problems = assembleWithGnu(lines, tools).flatMap((theirs, n) => {
      const [own, wanted] = [ours[n]!, theirs && hex(theirs.subarray(0, 4))]
      const made = typeof own === "string" ? own : hex(own)
      return made === wanted ? [] : [`${lines[n]}: ${made}, GNU as: ${wanted}`]
    })
    expect(problems).toEqual([])
  })

  it("is disassembled as objdump disassembles it", () => {
    const bytes = ours.map((own) => (typeof own === "string" ? new Uint8Array(4) : own))
    const printed = disassembleWithGnu(Uint8Array.from(bytes.flatMap((word) => [...word])), 0, tools)
    const problems = bytes.flatMap((word, n) => {
      const { decoded } = architecture.formats[0]!.decode(() => new DataView(word.buffer).getUint32(0), 0)
      const own = decoded && disassemble(decoded, 4 * n)
      const theirs = printed.get(4 * n)?.replaceAll(",", ", ")
      return own === theirs ? [] : [`${lines[n]}: ${own}, objdump: ${theirs}`]
    })
    expect(problems).toEqual([])
  })
})

describe("symbols in PowerPC source", () => {
  const words = (source: string) => hex(assembleSource(source, dialect, { symbols: { far: 0x1234_9abc } }).bytes)

  it("stand for halves of their addresses", () => {
    expect(words("lis r3, far@ha\naddi r3, r3, far@l\nlwz r4, far@l(r3)")).toBe("3c60123538639abc80839abc")
    expect(words("lis r3, far@h\nori r3, r3, far@l")).toBe("3c60123460639abc")
  })

  it("are immediates and displacements", () => {
    expect(words(".equ SIZE, 24\nli r3, SIZE\nlwz r4, SIZE(r1)\ncmplwi r3, SIZE")).toBe("386000188081001828030018")
  })

  it("are parts of expressions, in displacements too", () => {
    const equates = ".equ BASE, 0x1000\n.equ DATA, 0x0ff0\n"
    // GNU as makes the same of these lines.
    expect(words(`${equates}lwz r3, DATA-BASE+4(r2)\nlwzu r3, BASE - DATA(r4)`)).toBe("8062fff484640010")
    expect(words(`${equates}li r3, -DATA\ncmplwi r4, 'a' - 1\ncmpwi r4, '['\nlis r3, 5000000@h`)).toBe(
      "3860f010280400602c04005b3c60004c",
    )
  })

  it("name special-purpose registers", () => {
    expect(words("mtspr hid0, r3\nmfhid0 r4")).toBe("7c70fba67c90faa6")
  })
})

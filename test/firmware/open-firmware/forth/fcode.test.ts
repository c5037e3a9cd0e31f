// FCode: programs by hand from the standard's table of numbers, and the expansion ROMs of QEMU.

import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { listFcode } from "../../../../firmware/open-firmware/forth/index.ts"
import { ForthBench } from "./bench.ts"
import { TestTree } from "./test-tree.ts"

const AT = 0x4000
const text = (string: string) => [string.length, ...[...string].map((char) => char.charCodeAt(0))]

/** A bench with a program in memory. */
function loaded(program: ArrayLike<number>) {
  const tree = new TestTree()
  const bench = new ForthBench({ tree })
  new Uint8Array(bench.ram.buffer).set(program, AT)
  return { tree, bench }
}

/** version1: offsets of one byte. */
const program = (...body: number[]) => [0xfd, 8, 0, 0, 0, 0, 0, 0, ...body, 0]
const evaluated = (...body: number[]) =>
  loaded(program(...body))
    .bench.lines(`${AT.toString(16)} 1 byte-load`, ".s")
    .trim()

describe("FCode", () => {
  it.each([
    ["b(lit)", [0x10, 0x12, 0x34, 0x56, 0x78], "12345678"],
    ["arithmetic: 2 3 +", [0xa7, 0xa8, 0x1e], "5"],
    ['b(") and count: " ab" nip', [0x12, ...text("ab"), 0x4d], "2"],
    ["a colon definition: : x 1+ ... ; 2 x", [0xb5, 8, 0, 0xb7, 0xa6, 0x1e, 0xc2, 0xa7, 8, 0], "3"],
    ["a constant, a value and b(to)", [0xa7, 0xb5, 8, 0, 0xba, 0xa8, 0xb5, 8, 1, 0xb8, 8, 0, 0xc3, 8, 1, 8, 1], "2"],
    ["a variable", [0xb5, 8, 0, 0xb9, 0xa8, 8, 0, 0x72, 8, 0, 0x6d], "3"],
    ["fields: 0 2 field 3 field", [0xa5, 0xa7, 0xb5, 8, 0, 0xbe, 0xa8, 0xb5, 8, 1, 0xbe, 0xa5, 8, 1], "5 2"],
    ["b(') and execute", [0xa7, 0xa8, 0x11, 0x1e, 0x1d], "5"],
    ["a buffer", [0xa8, 0xb5, 8, 0, 0xbd, 0xa7, 8, 0, 0x75, 8, 0, 0x71], "2"],
    ["defer, and b(to) with b(')", [0xb5, 8, 0, 0xbc, 0x11, 0x1e, 0xc3, 8, 0, 0xa7, 0xa8, 8, 0], "5"],
    ["if else then, taken", [0xa6, 0x14, 5, 0xa7, 0x13, 3, 0xb2, 0xa8, 0xb2], "2"],
    ["if else then, not taken", [0xa5, 0x14, 5, 0xa7, 0x13, 3, 0xb2, 0xa8, 0xb2], "3"],
    [
      "if else then in a definition",
      [0xb5, 8, 0, 0xb7, 0x14, 5, 0xa7, 0x13, 3, 0xb2, 0xa8, 0xb2, 0xc2, 0xa6, 8, 0, 0xa5, 8, 0],
      "2 3",
    ],
    ["begin until: 3 begin 1 - dup 0= until", [0xa8, 0xb1, 0xa6, 0x1f, 0x47, 0x34, 0x14, 0xfb], "0"],
    [
      "begin while repeat in a definition",
      [0xb5, 8, 0, 0xb7, 0xb1, 0x47, 0x14, 6, 0xa6, 0x1f, 0x13, 0xf9, 0xb2, 0xc2, 0xa8, 8, 0],
      "0",
    ],
    ["do loop: 3 0 do i loop", [0xa8, 0xa5, 0x17, 4, 0x19, 0x15, 0xfe], "0 1 2"],
    ["?do with an empty range", [0xa5, 0xa5, 0x18, 4, 0x19, 0x15, 0xfe], "Empty"],
    ["leave", [0xa8, 0xa5, 0x17, 5, 0x19, 0x1b, 0x15, 0xfd], "0"],
    [
      "case: 2 case 1 of 5 endof 2 of 3 endof endcase",
      [0xa7, 0xc4, 0xa6, 0x1c, 4, 0xa5, 0xc6, 6, 0xa7, 0x1c, 4, 0xa8, 0xc6, 2, 0xc5],
      "3",
    ],
    ["offset16", [0xcc, 0xa5, 0x14, 0, 6, 0xa7, 0x13, 0, 4, 0xb2, 0xa8, 0xb2], "3"],
    ["get-token", [0x10, 0, 0, 0, 0x1e, 0xda, 0x46, 0x11, 0x1e, 0x3c], "-1"],
    ["fcode-revision", [0x87], "30000"],
    ["4-byte-id", [0xfe, 1, 2, 3, 0xa7], "2"],
    ["2-byte numbers: lbflip", [0x10, 1, 2, 3, 4, 0x02, 0x27], "4030201"],
    ["end1", [0xa7, 0xff, 0xa8], "2"],
  ])("evaluates %s", (_, body, stack) => {
    expect(evaluated(...body)).toBe(stack)
  })

  it("reads every second or fourth byte after start2 and start4", () => {
    for (const [token, stride] of [
      [0xf2, 2],
      [0xf3, 4],
    ] as const) {
      const packed = [token, 8, 0, 0, 0, 0, 0, 0, 0xa7, 0xa8, 0x1e, 0]
      const spread = new Uint8Array(packed.length * stride).fill(0xee)
      packed.forEach((byte, i) => {
        spread[i * stride] = byte
      })
      expect(loaded(spread).bench.lines("4000 1 byte-load", ".s").trim()).toBe("5")
    }
  })

  it("reads by a word of the user's", () => {
    const flipped = program(0xa7, 0xa8, 0x1e)
    // The length stands in the header: the program is fetched as a whole.
    flipped[7] = flipped.length
    const { bench } = loaded(flipped.map((byte) => byte ^ 0xff))
    expect(bench.lines(": inverted c@ ff xor ;", "4000 ' inverted byte-load", ".s").trim()).toBe("5")
  })

  it("gives external-token a name, and named-token one only with fcode-debug?", () => {
    const body = [0xca, ...text("seen"), 8, 0, 0xb7, 0xc2, 0xb6, ...text("hid"), 8, 1, 0xb7, 0xc2]
    const names = (...lines: string[]) =>
      loaded(program(...body))
        .bench.lines(...lines, "dev /pci/display", "4000 1 byte-load", "words")
        .trim()
    expect(names()).toBe("seen")
    expect(names("setenv fcode-debug? true")).toBe("hid seen")
  })

  it.each([
    ["a number without meaning", [0x0c, 0x34], "FCode number c34 is not assigned"],
    ["an end inside a definition", [0xb5, 8, 0, 0xb7], "FCode ends inside a definition"],
    ["a definition without a token", [0xb7], "FCode defines a word without a token"],
    ["ferror", [0xfc], "FCode executed ferror"],
    ["an empty stack", [0x46], "Stack underflow"],
    ["a branch without a mark", [0xb5, 8, 0, 0xb7, 0x13, 0xfe], "Control structure is not balanced"],
  ])("gives back the prompt after %s", (_, body, message) => {
    const { bench } = loaded(program(...body))
    expect(bench.type("4000 1 byte-load")).toBe(message)
    expect(bench.type("1 2 + .")).toBe("3 ")
  })

  it("gives back the prompt after a program that loads itself, or does not end", () => {
    const { bench } = loaded(program(0x10, 0, 0, 0x40, 0, 0xa6, 0x02, 0x3e))
    expect(bench.type("4000 1 byte-load")).toBe("FCode programs are nested too deep")
    const endless = loaded([0xfd, 8, 0, 0, 0, 0, 0, 0, 0x13, 0xff]).bench
    endless.press("4000 1 byte-load\r")
    endless.settle(10_000)
    endless.forth.interrupt()
    expect(endless.settle()).toContain("Interrupted")
  })
})

const VGA = "/usr/share/qemu/QEMU,VGA.bin"
const CGTHREE = "/usr/share/qemu/QEMU,cgthree.bin"

describe("QEMU's expansion ROMs (package qemu-system-data)", () => {
  it.skipIf(!existsSync(VGA))("evaluates that of the VGA card, which uses words of OpenBIOS", () => {
    const { tree, bench } = loaded(readFileSync(VGA))
    bench.lines(
      "variable openbios-video-width  d# 640 openbios-video-width !",
      "variable openbios-video-height  d# 480 openbios-video-height !",
      "variable depth-bits  8 depth-bits !  variable line-bytes  d# 640 line-bytes !",
      '" /pci/display" select-dev',
    )
    expect(bench.type("4000 1 byte-load")).toBe("")
    const node = tree.find("/pci/display")!.node
    const cell = (name: string) => new DataView(tree.property(node, name)!.buffer).getUint32(0)
    expect(["width", "height", "depth", "linebytes"].map(cell)).toEqual([640, 480, 8, 640])
    expect(bench.type("clear dimensions .s")).toBe("280 1e0 ")
    expect(bench.type("words").trim().split(/\s+/).sort()).toEqual(
      [
        ...["color!", "dimensions", "draw-logo", "fill-rectangle", "open"],
        ...["restore", "set-colors", "vbe-deinit", "write"],
      ].sort(),
    )
  })

  it.skipIf(!existsSync(CGTHREE))("evaluates that of the cgthree", () => {
    const { tree, bench } = loaded(readFileSync(CGTHREE))
    bench.type('0 0 " 2,0,0" " /pci" begin-package')
    expect(bench.type("4000 1 byte-load")).toBe("")
    const node = tree.children(tree.find("/pci")!.node).at(-1)!
    expect(["name", "device_type", "model", "manufacturer"].map((name) => tree.text(node, name))).toEqual([
      "cgthree",
      "display",
      "SUNW,501-1415",
      "SUNW",
    ])
  })

  it.skipIf(!existsSync(VGA))("lists a program with the standard's names", () => {
    const listing = listFcode(readFileSync(VGA))
    expect(listing.slice(0, 8)).toEqual([
      "0000: start1 format 8, checksum 1fd9, 1112 bytes",
      "0008: new-token 800",
      "000b: b(:)",
      "000c: $find",
      "000d: b?branch to 0015",
      "0010: exit",
      "0011: bbranch to 0017",
      "0014: b(>resolve)",
    ])
    expect(listing.at(-1)).toBe("0457: end0")
    expect(listing.join("\n")).not.toMatch(/\(fcode [0-7]/)
  })
})

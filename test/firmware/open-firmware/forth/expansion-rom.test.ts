// Images of PCI expansion ROMs, built by hand from the layout in the PCI specification.

import { describe, expect, it } from "vitest"
import { findFcode } from "../../../../firmware/open-firmware/forth/index.ts"

const PROGRAM = [0xf1, 8, 0, 0, 0, 0, 0, 9, 0]

/** An image of 512 bytes: header, PCI data structure at 0x1c, program at 0x40. */
function image(codeType: number, isLast: boolean, program: readonly number[] = PROGRAM): number[] {
  const bytes = new Array<number>(512).fill(0)
  const put = (at: number, ...values: number[]) => bytes.splice(at, values.length, ...values)
  put(0, 0x55, 0xaa, 0x40, 0)
  put(0x18, 0x1c, 0)
  put(0x1c, ...[..."PCIR"].map((char) => char.charCodeAt(0)))
  put(0x1c + 0x10, 1, 0)
  put(0x1c + 0x14, codeType, isLast ? 0x80 : 0)
  put(0x40, ...program)
  return bytes
}

const found = (...bytes: number[]) => findFcode(Uint8Array.from(bytes))?.subarray(0, PROGRAM.length)

describe("the FCode of an expansion ROM", () => {
  it("is found in its image, behind the images of other kinds", () => {
    expect([...found(...image(1, true))!]).toEqual(PROGRAM)
    expect([...found(...image(0, false), ...image(1, true))!]).toEqual(PROGRAM)
  })

  it("may be all that there is", () => {
    expect([...found(...PROGRAM)!]).toEqual(PROGRAM)
  })

  it.each([
    ["an empty ROM", []],
    ["a ROM without a signature", new Array<number>(512).fill(0xff)],
    ["a ROM for x86 only", image(0, true)],
    ["a program that is none", image(1, true, [1, 2, 3])],
    ["a ROM that is cut off", image(1, true).slice(0, 0x20)],
    ["an image of no length", image(0, false).map((byte, at) => (at === 0x2c ? 0 : byte))],
  ])("is missing in %s", (_, bytes) => {
    expect(found(...bytes)).toBeUndefined()
  })
})

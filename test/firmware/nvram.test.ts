// NVRAM: contents as QEMU 7.2 prepares them for mac99, read from the machine before its firmware started.
import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { formatNvram, nvramPartitions, readNvramVariables, writeNvramVariables } from "../../firmware/nvram.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

describe("formatNvram", () => {
  it("gives what QEMU gives with -prom-env boot-args=hello -prom-env auto-boot?=false", () => {
    const nvram = formatNvram(0x2000, [
      ["boot-args", "hello"],
      ["auto-boot?", "false"],
    ])
    expect(hex(nvram.subarray(0, 16))).toBe("70d900c173797374656d000000000000")
    expect(hex(nvram.subarray(0xc10, 0xc20))).toBe("7f62003f667265650000000000000000")
    expect(hex(nvram.subarray(0x1000, 0x1018))).toBe("5a7d01007777777777777777777777001fd2000200000002")
    expect(createHash("sha256").update(nvram).digest("hex")).toBe(
      "e6a28905edf2a054a71c792851105bd631cc7f4bf2da273275290c4a5074d1fe",
    )
  })

  it("makes partitions that cover all of it", () => {
    expect(nvramPartitions(formatNvram())).toEqual([
      { signature: 0x70, name: "system", at: 0x10, bytes: 0xc00 },
      { signature: 0x7f, name: "free", at: 0xc20, bytes: 0x3e0 },
      { signature: 0x5a, name: "wwwwwwwwwww", at: 0x1010, bytes: 0xff0 },
    ])
  })
})

describe("variables in NVRAM", () => {
  it("are read as they were written", () => {
    const nvram = formatNvram()
    const variables = new Map([
      ["boot-device", "hd:,\\\\:tbxi"],
      ["nvramrc", ""],
    ])
    expect(writeNvramVariables(nvram, variables)).toBe(true)
    expect(readNvramVariables(nvram)).toEqual(variables)
    expect(nvramPartitions(nvram)?.length).toBe(3)
  })

  it("are not written where they do not fit, or nothing is formatted", () => {
    const nvram = formatNvram(0x2000, [["a", "b"]])
    expect(writeNvramVariables(nvram, [["c", "x".repeat(0xbfd)]])).toBe(false)
    expect(readNvramVariables(nvram)).toEqual(new Map([["a", "b"]]))
    expect(writeNvramVariables(nvram, [["c", "x".repeat(0xbfc)]])).toBe(true)
    expect(writeNvramVariables(new Uint8Array(0x2000), [])).toBe(false)
  })

  it("are none in damaged contents", () => {
    for (const at of [0, 1, 2, 0xc11, 0x1002]) {
      const nvram = formatNvram(0x2000, [["a", "b"]])
      nvram[at]! ^= 0xff
      expect([nvramPartitions(nvram), readNvramVariables(nvram).size]).toEqual([undefined, 0])
    }
    // A length of zero with a checksum that fits, and a partition that is longer than the NVRAM.
    expect(nvramPartitions(Uint8Array.of(0x7f, 0x7f, ...new Uint8Array(14)))).toBeUndefined()
    expect(nvramPartitions(Uint8Array.of(0x7f, 0x81, 0, 2, ...new Uint8Array(12)))).toBeUndefined()
  })
})

// fw_cfg: items as QEMU 7.2 gives them to the firmware of its Macs, read from the device before firmware started.
import { describe, expect, it } from "vitest"
import { FW_CFG, FW_CFG_PPC, fwCfgFiles, fwCfgText, type MacFwCfg, macFwCfg } from "../../firmware/fw-cfg.ts"

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex")
const display = { width: 800, height: 600, depth: 32 }
const read = (mac: MacFwCfg, key: number) => hex(macFwCfg(mac).find((item) => item.key === key)?.bytes)

const g3beige: MacFwCfg = {
  machine: "g3beige",
  ramBytes: 256 * 1024 * 1024,
  timebaseHz: 16_600_000,
  clockHz: 266_000_000,
  busHz: 66_000_000,
  isGraphic: true,
  display,
}
const mac99: MacFwCfg = {
  ...g3beige,
  machine: "mac99",
  timebaseHz: 100_000_000,
  clockHz: 900_000_000,
  busHz: 100_000_000,
  nvramAddress: 0xfff0_4000,
}

describe("macFwCfg", () => {
  it("gives the items of g3beige", () => {
    const expected: [number, string][] = [
      [FW_CFG.SIGNATURE, "51454d55"],
      [FW_CFG.ID, "01000000"],
      [FW_CFG.RAM_SIZE, "0000001000000000"],
      [FW_CFG.NOGRAPHIC, "0000"],
      [FW_CFG.NB_CPUS, "0100"],
      [FW_CFG.MACHINE_ID, "0200"],
      [FW_CFG.BOOT_DEVICE, "6300"],
      [FW_CFG.MAX_CPUS, "0100"],
      [FW_CFG_PPC.WIDTH, "2003"],
      [FW_CFG_PPC.HEIGHT, "5802"],
      [FW_CFG_PPC.DEPTH, "2000"],
      [FW_CFG_PPC.TBFREQ, "c04bfd00"],
      [FW_CFG_PPC.CLOCKFREQ, "80d6da0f"],
      [FW_CFG_PPC.BUSFREQ, "8014ef03"],
      [FW_CFG_PPC.NVRAM_ADDR, ""],
    ]
    for (const [key, value] of expected) expect([key, read(g3beige, key)]).toEqual([key, value])
  })

  it("gives the items of mac99 with a PMU", () => {
    const expected: [number, string][] = [
      [FW_CFG.MACHINE_ID, "0100"],
      [FW_CFG_PPC.TBFREQ, "00e1f505"],
      [FW_CFG_PPC.CLOCKFREQ, "00e9a435"],
      [FW_CFG_PPC.NVRAM_ADDR, "0040f0ff"],
      [FW_CFG_PPC.BUSFREQ, "00e1f505"],
      [FW_CFG_PPC.VIACONFIG, "01000000"],
    ]
    for (const [key, value] of expected) expect([key, read({ ...mac99, via: "pmu" }, key)]).toEqual([key, value])
  })

  it("says where a kernel lies, which is booted before any device", () => {
    const kernel = {
      address: 0x0100_0000,
      bytes: 0x0071_948c,
      commandLineAddress: 0x01a5_c000,
      initrd: { address: 0x0181_a000, bytes: 0x0024_1065 },
    }
    const expected: [number, string][] = [
      [FW_CFG.KERNEL_ADDR, "00000001"],
      [FW_CFG.KERNEL_SIZE, "8c947100"],
      [FW_CFG.KERNEL_CMDLINE, "00c0a501"],
      [FW_CFG.INITRD_ADDR, "00a08101"],
      [FW_CFG.INITRD_SIZE, "65102400"],
      [FW_CFG.BOOT_DEVICE, "6d00"],
    ]
    for (const [key, value] of expected) expect([key, read({ ...g3beige, kernel }, key)]).toEqual([key, value])
  })
})

describe("fwCfgFiles", () => {
  it("lists files in a big-endian directory", () => {
    const [directory, first, second] = fwCfgFiles([
      { name: "bios-geometry", bytes: new Uint8Array(0) },
      { name: "etc/boot-fail-wait", bytes: Uint8Array.of(255, 255, 255, 255) },
    ])
    const name = (text: string) => hex(new TextEncoder().encode(text.padEnd(56, "\0")))
    expect([directory?.key, hex(directory?.bytes)]).toEqual([
      0x19,
      `00000002${"00000000" + "00200000"}${name("bios-geometry")}${"00000004" + "00210000"}${name("etc/boot-fail-wait")}`,
    ])
    expect([first?.key, second?.key, second?.bytes.length]).toEqual([0x20, 0x21, 4])
  })

  it("cuts a name that is too long", () => {
    const [directory] = fwCfgFiles([{ name: "n".repeat(100), bytes: new Uint8Array(1) }])
    expect([directory?.bytes.length, directory?.bytes.at(-1)]).toEqual([68, 0])
  })
})

describe("fwCfgText", () => {
  it("ends a text with zero", () => {
    expect(hex(fwCfgText(9, "ab").bytes)).toBe("616200")
  })
})

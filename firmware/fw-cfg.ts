// What QEMU's firmware configuration device (fw_cfg) tells firmware: the keys, their encoding, and the items of a Mac.
// Reference: QEMU, docs/specs/fw_cfg.rst; OpenBIOS, include/arch/common/fw_cfg.h.
import { ByteWriter } from "./byte-writer.ts"

/** Keys that all machines share. */
export const FW_CFG = {
  SIGNATURE: 0x00,
  ID: 0x01,
  UUID: 0x02,
  RAM_SIZE: 0x03,
  NOGRAPHIC: 0x04,
  NB_CPUS: 0x05,
  MACHINE_ID: 0x06,
  KERNEL_ADDR: 0x07,
  KERNEL_SIZE: 0x08,
  KERNEL_CMDLINE: 0x09,
  INITRD_ADDR: 0x0a,
  INITRD_SIZE: 0x0b,
  BOOT_DEVICE: 0x0c,
  BOOT_MENU: 0x0e,
  MAX_CPUS: 0x0f,
  FILE_DIR: 0x19,
  FILE_FIRST: 0x20,
} as const

/** Keys of PowerPC machines. */
export const FW_CFG_PPC = {
  WIDTH: 0x8000,
  HEIGHT: 0x8001,
  DEPTH: 0x8002,
  TBFREQ: 0x8003,
  CLOCKFREQ: 0x8004,
  IS_KVM: 0x8005,
  KVM_HC: 0x8006,
  KVM_PID: 0x8007,
  NVRAM_ADDR: 0x8008,
  BUSFREQ: 0x8009,
  NVRAM_FLAT: 0x800a,
  VIACONFIG: 0x800b,
} as const

/** What `FW_CFG.MACHINE_ID` says of each Mac. */
export const MAC_MACHINE_ID = { mac99: 1, g3beige: 2 } as const

/** What `FW_CFG_PPC.VIACONFIG` says of the microcontroller behind the VIA; the last has ADB. */
export const VIA_CONFIG = { cuda: 0, pmu: 1, "pmu-adb": 2 } as const

/** An item of fw_cfg. */
export type FwCfgItem = { readonly key: number; readonly bytes: Uint8Array }

/** A file, which firmware finds by its name. */
export type FwCfgFile = { readonly name: string; readonly bytes: Uint8Array }

const littleEndian = (key: number, value: number, size: number): FwCfgItem => {
  const bytes = new Uint8Array(size)
  for (let n = 0, rest = value; n < size; n++, rest = Math.floor(rest / 256)) bytes[n] = rest % 256
  return { key, bytes }
}

/** An item that is a number of 16 bits. */
export const fwCfg16 = (key: number, value: number): FwCfgItem => littleEndian(key, value, 2)
/** An item that is a number of 32 bits. */
export const fwCfg32 = (key: number, value: number): FwCfgItem => littleEndian(key, value, 4)
/** An item that is a number of 64 bits, of which `value` has at most 53. */
export const fwCfg64 = (key: number, value: number): FwCfgItem => littleEndian(key, value, 8)
/** An item that is a text with a zero behind it. */
export const fwCfgText = (key: number, text: string): FwCfgItem => ({
  key,
  bytes: new TextEncoder().encode(`${text}\0`),
})

/** The items that hold files, and their directory. Its numbers are big-endian, unlike all others. */
export function fwCfgFiles(files: readonly FwCfgFile[]): FwCfgItem[] {
  const directory = new ByteWriter("big")
  directory.u32(files.length)
  const items = files.map(({ name, bytes }, n) => {
    const key = FW_CFG.FILE_FIRST + n
    directory.u32(bytes.length)
    // The key, and two bytes that are reserved.
    directory.u32(key * 0x1_0000)
    const field = new Uint8Array(56)
    field.set(new TextEncoder().encode(name).subarray(0, 55))
    directory.append(field)
    return { key, bytes }
  })
  return [{ key: FW_CFG.FILE_DIR, bytes: directory.finish() }, ...items]
}

/** A kernel in RAM, for firmware to start. */
export type FwCfgKernel = {
  readonly address: number
  readonly bytes: number
  /** Where its command line lies, a text with a zero behind it. */
  readonly commandLineAddress: number
  readonly initrd?: { readonly address: number; readonly bytes: number }
}

/** What a Mac tells OpenBIOS. */
export type MacFwCfg = {
  readonly machine: keyof typeof MAC_MACHINE_ID
  readonly ramBytes: number
  readonly timebaseHz: number
  readonly clockHz: number
  readonly busHz: number
  /** What firmware shows its console on: a screen, or the first serial port. */
  readonly isGraphic: boolean
  readonly display: { readonly width: number; readonly height: number; readonly depth: number }
  /** Boot device by letter: "c" for a disk, "d" for a CD-ROM. A kernel takes precedence. */
  readonly bootDevice?: string
  readonly via?: keyof typeof VIA_CONFIG
  /** Address of the NVRAM if it is not in the I/O chip. */
  readonly nvramAddress?: number
  readonly kernel?: FwCfgKernel
  readonly files?: readonly FwCfgFile[]
}

/** The items that OpenBIOS looks for on a Mac. */
export function macFwCfg(mac: MacFwCfg): FwCfgItem[] {
  const { kernel, display, nvramAddress, via = "cuda", bootDevice = "c" } = mac
  const initrd = kernel?.initrd ?? { address: 0, bytes: 0 }
  return [
    { key: FW_CFG.SIGNATURE, bytes: new TextEncoder().encode("QEMU") },
    fwCfg32(FW_CFG.ID, 1),
    { key: FW_CFG.UUID, bytes: new Uint8Array(16) },
    fwCfg64(FW_CFG.RAM_SIZE, mac.ramBytes),
    fwCfg16(FW_CFG.NOGRAPHIC, mac.isGraphic ? 0 : 1),
    fwCfg16(FW_CFG.NB_CPUS, 1),
    fwCfg16(FW_CFG.MACHINE_ID, MAC_MACHINE_ID[mac.machine]),
    fwCfg32(FW_CFG.KERNEL_ADDR, kernel?.address ?? 0),
    fwCfg32(FW_CFG.KERNEL_SIZE, kernel?.bytes ?? 0),
    fwCfg32(FW_CFG.KERNEL_CMDLINE, kernel?.commandLineAddress ?? 0),
    fwCfg32(FW_CFG.INITRD_ADDR, initrd.address),
    fwCfg32(FW_CFG.INITRD_SIZE, initrd.bytes),
    fwCfg16(FW_CFG.BOOT_DEVICE, (kernel === undefined ? bootDevice : "m").charCodeAt(0)),
    fwCfg16(FW_CFG.BOOT_MENU, 0),
    fwCfg16(FW_CFG.MAX_CPUS, 1),
    ...fwCfgFiles(mac.files ?? []),
    fwCfg16(FW_CFG_PPC.WIDTH, display.width),
    fwCfg16(FW_CFG_PPC.HEIGHT, display.height),
    fwCfg16(FW_CFG_PPC.DEPTH, display.depth),
    fwCfg32(FW_CFG_PPC.TBFREQ, mac.timebaseHz),
    fwCfg32(FW_CFG_PPC.CLOCKFREQ, mac.clockHz),
    fwCfg32(FW_CFG_PPC.BUSFREQ, mac.busHz),
    fwCfg32(FW_CFG_PPC.IS_KVM, 0),
    ...(nvramAddress === undefined ? [] : [fwCfg32(FW_CFG_PPC.NVRAM_ADDR, nvramAddress)]),
    fwCfg32(FW_CFG_PPC.NVRAM_FLAT, 0),
    fwCfg32(FW_CFG_PPC.VIACONFIG, VIA_CONFIG[via]),
  ]
}

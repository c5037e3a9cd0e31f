// What a Macintosh board tells of its parts for its device tree.

/** A base address register of a PCI function that has been given an address. */
export interface PciBar {
  /** Its offset in configuration space. */
  readonly register: number
  readonly space: "io" | "memory"
  readonly prefetchable?: boolean
  readonly size: number
  /** Where it was put: an address on the PCI bus. */
  readonly address: number
}

/** A PCI function as its configuration header describes it. */
export interface PciFunction {
  readonly device: number
  readonly function?: number
  readonly vendorId: number
  readonly deviceId: number
  readonly revision?: number
  readonly classCode: number
  /** Vendor and number of the subsystem; both absent if the header has zeros. */
  readonly subsystem?: readonly [vendorId: number, id: number]
  readonly cacheLineSize?: number
  readonly minGrant?: number
  readonly maxLatency?: number
  readonly is66MHzCapable?: boolean
  readonly isFastBackToBack?: boolean
  readonly bars: readonly PciBar[]
  /** Interrupt line of the board that INTA# is wired to. */
  readonly interrupt?: number
}

/** A frame buffer with its present mode. */
export interface DisplayDescription extends PciFunction {
  readonly width: number
  readonly height: number
  /** Bits per pixel. */
  readonly depth: number
  readonly lineBytes: number
}

/** A network interface. */
export interface NetworkDescription extends PciFunction {
  readonly macAddress: Uint8Array
}

/** A disk or a CD-ROM on an IDE channel. */
export interface DriveDescription {
  readonly channel: 0 | 1
  readonly unit: 0 | 1
  readonly kind: "disk" | "cdrom"
}

/** The processor, with the frequencies that its guests measure time by. */
export interface CpuDescription {
  /** Name of its node: "PowerPC,750", "PowerPC,G4". */
  readonly name: string
  /** Processor version register. */
  readonly version: number
  readonly clockHz: number
  readonly busHz: number
  readonly timebaseHz: number
}

/** A Macintosh; addresses of parts inside mac-io follow from the chip. */
export interface MacDescription {
  /** `pmu` is a mac99 with a PMU in place of CUDA. */
  readonly board: "g3beige" | "mac99" | "mac99-pmu"
  readonly memoryBytes: number
  readonly cpu: CpuDescription
  readonly host: PciFunction
  readonly macIo: PciFunction
  readonly usb?: PciFunction
  readonly display?: DisplayDescription
  readonly network?: NetworkDescription
  readonly drives: readonly DriveDescription[]
  /** Bytes of the NVRAM. */
  readonly nvramBytes: number
}

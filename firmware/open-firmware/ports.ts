// Ports of Open Firmware: what the board provides to the firmware, which runs on the host.

/** RAM, addressed physically; the firmware asks only for ranges inside `size`. */
export interface PhysicalMemory {
  /** Bytes of RAM from address 0. */
  readonly size: number
  /** A copy of `length` bytes in the guest's byte order. */
  read(address: number, length: number): Uint8Array
  /** Writes bytes in the guest's byte order. */
  write(address: number, bytes: Uint8Array): void
  /** Zeroes a range. */
  clear(address: number, length: number): void
  /** An unsigned big-endian value at an aligned address. */
  load(address: number, bytes: 1 | 2 | 4): number
  /** Stores the low bytes of a value at an aligned address. */
  store(address: number, bytes: 1 | 2 | 4, value: number): void
}

/** A serial line: it neither waits nor throws. */
export interface ConsolePort {
  write(bytes: Uint8Array): void
  /** Up to `limit` bytes that have been received; none if none have. */
  read(limit: number): Uint8Array
}

/** A disk or a CD-ROM as blocks; the firmware asks only for blocks that exist. */
export interface DrivePort {
  /** Bytes of a block: 512 or 2048. */
  readonly blockBytes: number
  /** Number of blocks; 0 without a medium. */
  readonly blocks: number
  /** A copy of `count` blocks; undefined if the medium cannot be read. */
  read(block: number, count: number): Uint8Array | undefined
  /** Writes whole blocks; false if the medium cannot be written. */
  write(block: number, bytes: Uint8Array): boolean
}

/** Non-volatile memory, addressed by bytes. */
export interface NvramPort {
  /** Size in bytes. */
  readonly size: number
  read(offset: number): number
  write(offset: number, value: number): void
}

/** A date and time of the calendar; month and day count from 1. */
export interface CalendarTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

/** The board's real-time clock. */
export interface RealTimeClockPort {
  get(): CalendarTime
  set(time: CalendarTime): void
}

/** Registers on the board's buses; an access that nothing answers reads as all ones. */
export interface BusPort {
  /** Reads 1, 2 or 4 bytes at a physical address. */
  read(address: number, bytes: 1 | 2 | 4): number
  /** Writes 1, 2 or 4 bytes at a physical address. */
  write(address: number, bytes: 1 | 2 | 4, value: number): void
  /** Reads PCI configuration space; `device` is the physical address phys.hi without its register number. */
  readConfiguration(device: number, register: number, bytes: 1 | 2 | 4): number
  /** Writes PCI configuration space. */
  writeConfiguration(device: number, register: number, bytes: 1 | 2 | 4, value: number): void
}

/** A display with its frame buffer, in the mode that the device tree states. */
export interface DisplayPort {
  /** A copy of bytes of the frame buffer. */
  read(offset: number, length: number): Uint8Array
  write(offset: number, bytes: Uint8Array): void
  /** Sets a colour of the palette, from 0 to 255; components are 8 bits wide. */
  setColor(index: number, red: number, green: number, blue: number): void
  getColor(index: number): readonly [red: number, green: number, blue: number]
}

/** The board as the firmware sees it. */
export interface FirmwarePorts {
  readonly memory: PhysicalMemory
  /** Milliseconds since the start of the machine. */
  milliseconds(): number
  /** Turns the machine off. */
  powerOff(): void
  /** Resets the machine. */
  reset(): void
  /** Serial lines by the path of their node. */
  readonly consoles: Readonly<Record<string, ConsolePort>>
  /** Drives by the path of their node. */
  readonly drives: Readonly<Record<string, DrivePort>>
  readonly nvram?: NvramPort
  readonly clock?: RealTimeClockPort
  readonly bus?: BusPort
  readonly display?: DisplayPort
}

/** A program ready to run: what the board puts into the CPU. */
export interface ProgramStart {
  /** Physical address of the first instruction. */
  readonly entry: number
  /** General registers by number; the others are 0. */
  readonly registers: Readonly<Record<number, number>>
  /** Machine state register. */
  readonly msr: number
}

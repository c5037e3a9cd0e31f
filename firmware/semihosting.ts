// Semihosting calls of a program under a debugger (Arm, "Semihosting for AArch32 and AArch64", sections 5 and 6).

/** The outside world of a semihosted program. */
export interface SemihostingPort {
  /** One byte of guest memory; undefined if it cannot be read. The virtual address may be past the end of the address space. */
  readByte(address: number): number | undefined
  /** Console output, one character (0 to 255) per byte. */
  write(text: string): void
  /** The program is done; `code` is a signed 32-bit number, 0 for success. */
  exit(code: number): void
  /** Centiseconds since the start, if there is a clock. */
  clock?(): number
  /** Seconds since 1970, if there is a calendar. */
  time?(): number
}

/** How the guest passes parameters. */
export interface SemihostingOptions {
  /** Bytes of a field in a parameter block: 4 in AArch32, 8 in AArch64; 4 if not given. */
  fieldBytes?: 4 | 8
}

/** Numbers of the implemented operations. */
export const SEMIHOSTING = {
  SYS_WRITEC: 0x03,
  SYS_WRITE0: 0x04,
  SYS_CLOCK: 0x10,
  SYS_TIME: 0x11,
  SYS_EXIT: 0x18,
  SYS_EXIT_EXTENDED: 0x20,
} as const

const FAILED = -1
const APPLICATION_EXIT = 0x2_0026

// Limit of a string, so that one without end does not keep the host busy for ever.
const LONGEST_STRING = 1024 * 1024
const PIECE = 4096

/**
 * Performs operation `operation` (r0) with parameter `parameter` (r1). Returns the value for r0: -1 if the operation is not
 * implemented, or memory cannot be read.
 */
export function callSemihosting(
  port: SemihostingPort,
  operation: number,
  parameter: number,
  { fieldBytes = 4 }: SemihostingOptions = {},
): number {
  switch (operation) {
    case SEMIHOSTING.SYS_WRITEC: {
      const byte = port.readByte(parameter)
      if (byte === undefined) return FAILED
      port.write(String.fromCharCode(byte & 0xff))
      return 0
    }
    case SEMIHOSTING.SYS_WRITE0:
      return writeString(port, parameter)
    case SEMIHOSTING.SYS_CLOCK:
      return port.clock ? port.clock() : FAILED
    case SEMIHOSTING.SYS_TIME:
      return port.time ? port.time() : FAILED
    case SEMIHOSTING.SYS_EXIT:
      // AArch32 passes the reason in the register itself, so there is no exit status.
      if (fieldBytes === 4) return exit(port, parameter >>> 0, 0)
      return exitByBlock(port, parameter, fieldBytes)
    case SEMIHOSTING.SYS_EXIT_EXTENDED:
      return exitByBlock(port, parameter, fieldBytes)
    default:
      return FAILED
  }
}

function writeString(port: SemihostingPort, address: number): number {
  let text = ""
  for (let i = 0; i < LONGEST_STRING; i++) {
    const byte = port.readByte(address + i)
    if (byte === undefined || byte === 0) {
      if (text !== "") port.write(text)
      return byte === 0 ? 0 : FAILED
    }
    text += String.fromCharCode(byte & 0xff)
    if (text.length === PIECE) {
      port.write(text)
      text = ""
    }
  }
  return FAILED
}

function exitByBlock(port: SemihostingPort, address: number, fieldBytes: 4 | 8): number {
  const reason = readField(port, address)
  const status = readField(port, address + fieldBytes)
  return reason === undefined || status === undefined ? FAILED : exit(port, reason, status)
}

function exit(port: SemihostingPort, reason: number, status: number): number {
  port.exit(reason === APPLICATION_EXIT ? status | 0 : 1)
  return 0
}

/** The low 32 bits of a field: reasons and exit statuses fit into them. */
function readField(port: SemihostingPort, address: number): number | undefined {
  let value = 0
  for (let i = 3; i >= 0; i--) {
    const byte = port.readByte(address + i)
    if (byte === undefined) return undefined
    value = value * 256 + (byte & 0xff)
  }
  return value
}

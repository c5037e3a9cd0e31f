// Power State Coordination Interface for a machine with one CPU (ARM DEN 0022, chapter 5).

/** The machine as PSCI calls affect it. */
export interface PsciPort {
  /** Turns the machine off: the CPU stops. */
  powerOff(): void
  /** Resets the machine: the CPU continues from its reset vector. */
  reset(): void
  /** Waits for an interrupt, as WFI does. */
  suspend(): void
}

/** The version that PSCI_VERSION reports. */
export type PsciVersion = "0.2" | "1.0" | "1.1"

/** Facts about the machine that PSCI reports. */
export interface PsciOptions {
  /** "1.1" if not given. Before 1.0 there is no PSCI_FEATURES. */
  version?: PsciVersion
  /** Affinity fields of the only CPU's MPIDR; 0 if not given. */
  affinity?: number
}

/** Function identifiers; those of the SMC64 convention have bit 30 set as well. */
export const PSCI_FUNCTION = {
  PSCI_VERSION: 0x8400_0000,
  CPU_SUSPEND: 0x8400_0001,
  CPU_OFF: 0x8400_0002,
  CPU_ON: 0x8400_0003,
  AFFINITY_INFO: 0x8400_0004,
  MIGRATE: 0x8400_0005,
  MIGRATE_INFO_TYPE: 0x8400_0006,
  SYSTEM_OFF: 0x8400_0008,
  SYSTEM_RESET: 0x8400_0009,
  PSCI_FEATURES: 0x8400_000a,
} as const

/** Return codes, section 5.2.2. */
export const PSCI_RESULT = {
  SUCCESS: 0,
  NOT_SUPPORTED: -1,
  INVALID_PARAMETERS: -2,
  DENIED: -3,
  ALREADY_ON: -4,
} as const

/** Properties of the device tree node that tells a kernel of PSCI (devicetree binding arm,psci). */
export function psciProperties(method: "hvc" | "smc") {
  return {
    compatible: ["arm,psci-1.0", "arm,psci-0.2", "arm,psci"],
    method,
    // The numbers serve kernels that know PSCI 0.1 alone, which left them to the platform.
    cpu_suspend: PSCI_FUNCTION.CPU_SUSPEND,
    cpu_off: PSCI_FUNCTION.CPU_OFF,
    cpu_on: PSCI_FUNCTION.CPU_ON,
    migrate: PSCI_FUNCTION.MIGRATE,
  }
}

const SMC64 = 0x4000_0000
const HAS_SMC64: readonly number[] = [PSCI_FUNCTION.CPU_SUSPEND, PSCI_FUNCTION.CPU_ON, PSCI_FUNCTION.AFFINITY_INFO]
const IMPLEMENTED: readonly number[] = Object.values(PSCI_FUNCTION).filter((id) => id !== PSCI_FUNCTION.MIGRATE)
const VERSIONS: Record<PsciVersion, number> = { "0.2": 0x0000_0002, "1.0": 0x0001_0000, "1.1": 0x0001_0001 }

/** power_state: only StateID, bits 15:0, and StateType, bit 16, may be set; no level above the CPU sleeps. */
const POWER_STATE_RESERVED = 0xfffe_0000
const AFFINITY_ON = 0
const NO_TRUSTED_OS = 2

/** Whether an identifier lies in the ranges that belong to PSCI, implemented or not. */
export function isPsciFunction(id: number): boolean {
  return (((id & ~SMC64) >>> 5) << 5) >>> 0 === PSCI_FUNCTION.PSCI_VERSION
}

/**
 * Performs a call with `id` and up to three arguments (r0 to r3); 32-bit values may be signed or unsigned. Returns the
 * signed value for r0, or undefined if the call does not return.
 */
export function callPsci(
  port: PsciPort,
  id: number,
  args: readonly number[],
  options: PsciOptions = {},
): number | undefined {
  const version = options.version ?? "1.1"
  const affinity = (options.affinity ?? 0) >>> 0
  switch (implemented(id >>> 0, version)) {
    case PSCI_FUNCTION.PSCI_VERSION:
      return VERSIONS[version]
    case PSCI_FUNCTION.PSCI_FEATURES:
      // All flags are zero: CPU_SUSPEND has the original format of power_state, and no OS-initiated mode.
      return implemented((args[0] ?? 0) >>> 0, version) === undefined ? PSCI_RESULT.NOT_SUPPORTED : PSCI_RESULT.SUCCESS
    case PSCI_FUNCTION.CPU_SUSPEND:
      if ((args[0] ?? 0) & POWER_STATE_RESERVED) return PSCI_RESULT.INVALID_PARAMETERS
      // A standby may answer a power-down request; it returns here instead of at the entry point.
      port.suspend()
      return PSCI_RESULT.SUCCESS
    case PSCI_FUNCTION.CPU_ON:
      return (args[0] ?? 0) >>> 0 === affinity ? PSCI_RESULT.ALREADY_ON : PSCI_RESULT.INVALID_PARAMETERS
    case PSCI_FUNCTION.AFFINITY_INFO:
      return affinityInfo((args[0] ?? 0) >>> 0, (args[1] ?? 0) >>> 0, affinity)
    case PSCI_FUNCTION.MIGRATE_INFO_TYPE:
      return NO_TRUSTED_OS
    // Nothing is left that could turn the only CPU on again.
    case PSCI_FUNCTION.CPU_OFF:
    case PSCI_FUNCTION.SYSTEM_OFF:
      port.powerOff()
      return undefined
    case PSCI_FUNCTION.SYSTEM_RESET:
      port.reset()
      return undefined
    default:
      return PSCI_RESULT.NOT_SUPPORTED
  }
}

/** The SMC32 identifier of an implemented function, or undefined. */
function implemented(id: number, version: PsciVersion): number | undefined {
  const plain = (id & ~SMC64) >>> 0
  if (id !== plain && !HAS_SMC64.includes(plain)) return undefined
  if (plain === PSCI_FUNCTION.PSCI_FEATURES && version === "0.2") return undefined
  return IMPLEMENTED.includes(plain) ? plain : undefined
}

function affinityInfo(target: number, level: number, affinity: number): number {
  if (level > 3) return PSCI_RESULT.INVALID_PARAMETERS
  // Fields below the level are ignored. The only CPU is on, and so is everything that contains it.
  const ignored = level === 3 ? 0x00ff_ffff : (1 << (8 * level)) - 1
  return (target & ~ignored) === (affinity & ~ignored) ? AFFINITY_ON : PSCI_RESULT.INVALID_PARAMETERS
}

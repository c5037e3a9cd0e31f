// The CPU models (MPC750 User's Manual, MPC750UM; MPC7400 User's Manual, MPC7400UM).

import { sprs750, sprs7400 } from "./system/spr.ts"

/** A CPU model. */
export type PowerPcModel = {
  readonly name: PowerPcModelName
  /** The processor version register. */
  readonly version: number
  /** What it has beyond the architecture of 32-bit processors: instructions of these features. */
  readonly features: readonly string[]
  /** The bits of MSR that it implements. */
  readonly msrBits: number
  /** Numbers of its special-purpose registers. */
  readonly sprs: ReadonlySet<number>
}

/** MSR[VEC]. */
const VEC = 0x0200_0000
/** POW, ILE, EE, PR, FP, ME, FE0, SE, BE, FE1, IP, IR, DR, PM, RI, LE (MPC750UM, table 2-4). */
const MSR_750 = 0x0005_ff77

const models = {
  "750": { version: 0x0008_0301, features: ["750"], msrBits: MSR_750, sprs: sprs750 },
  "7400": { version: 0x000c_0209, features: ["7400", "altivec"], msrBits: MSR_750 | VEC, sprs: sprs7400 },
} as const

/** Name of a model. */
export type PowerPcModelName = keyof typeof models

/** The names of the models. */
export const POWERPC_MODELS = Object.keys(models) as PowerPcModelName[]

/** The model of that name. */
export const powerPcModel = (name: PowerPcModelName): PowerPcModel => ({ name, ...models[name] })

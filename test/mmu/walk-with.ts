// Walks hand-made tables: physical words by address, everything else an external abort.

import { NO_GROUP, READ } from "../../mmu/access.ts"
import type { PhysicalAddress } from "../../mmu/address.ts"
import { virtualAddress } from "../../mmu/address.ts"
import {
  type ArmMmuModel,
  type ArmTranslationRegisters,
  armTranslationRegisters,
  PRIVILEGED,
} from "../../mmu/arm/translation.ts"
import { armWalker } from "../../mmu/arm/walker.ts"
import { Walk } from "../../mmu/walk.ts"

/** Permissions as text: "rwx" of the user, then of privileged code, "-" for what is missing. */
export function permissionText(permissions: number): string {
  const letters = [..."rwxrwx"].map((letter, bit) => ((permissions >>> bit) & 1 ? letter : "-")).join("")
  return `${letters.slice(0, 3)}/${letters.slice(3)}`
}

/** What a walk says, as plain data. */
export type Walked =
  | { fault: string; level: number; domain: number | undefined }
  | {
      pa: number
      size: number
      permissions: string
      global: boolean
      memoryType: string
      domain: number | undefined
      level: number
    }

/** Walks for `va` with the MMU on. */
export function walkWith(
  model: ArmMmuModel,
  registers: Partial<ArmTranslationRegisters>,
  words: Readonly<Record<number, number>>,
  va: number,
): Walked {
  const all = { ...armTranslationRegisters(), sctlr: 1, ...registers }
  const walker = armWalker(model, all, (pa: PhysicalAddress) => words[pa])
  const walk = new Walk()
  const isMapped = walker.walk(virtualAddress(va), READ, PRIVILEGED, walk)
  const { level, group, pa, global, memoryType } = walk
  const domain = group === NO_GROUP ? undefined : group
  if (!isMapped) return { fault: walk.fault ?? "none", level, domain }
  const permissions = permissionText(walk.permissions)
  return { pa, size: 2 ** walk.sizeLog2, permissions, global, memoryType, domain, level }
}

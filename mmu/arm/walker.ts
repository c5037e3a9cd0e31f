// The walker of an ARM CPU: chooses the table format that its registers select. ARM DDI 0406C, B3.2 and B3.3.

import type { VirtualAddress } from "../address.ts"
import type { Read32, Walk, Walker } from "../walk.ts"
import { walkLong } from "./long-descriptor.ts"
import { SCTLR_M } from "./sctlr.ts"
import { walkShort } from "./short-descriptor.ts"
import type { ArmMmuModel, ArmTranslationRegisters } from "./translation.ts"
import { TTBCR_EAE } from "./translation.ts"
import { walkV5 } from "./v5-descriptor.ts"

/** A walker that follows the registers as they are at each walk. */
export function armWalker(model: ArmMmuModel, registers: ArmTranslationRegisters, read32: Read32): Walker {
  return {
    walk(va: VirtualAddress, into: Walk): boolean {
      // With the MMU off, data is Strongly-ordered and everything is permitted (B3.2.1).
      if ((registers.sctlr & SCTLR_M) === 0) return into.flat(va, "stronglyOrdered")
      if (model.format === "v5") return walkV5(registers, read32, va, into)
      const isLong = model.long && (registers.ttbcr & TTBCR_EAE) !== 0
      return isLong ? walkLong(model, registers, read32, va, into) : walkShort(model, registers, read32, va, into)
    },
  }
}

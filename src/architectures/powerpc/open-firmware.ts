// Connects Open Firmware to a PowerPC CPU: code in ROM that calls it, and memory as it sees it.

import { GPR, SPR, SPRN } from "../../../cpu/powerpc/index.ts"
import type { FirmwareOutcome, PhysicalMemory, ProgramStart } from "../../../firmware/open-firmware/index.ts"
import type { PowerPcCpu } from "./cpu.ts"

/**
 * The client interface. The host serves `attn` and says in r0 how to go on: 0 is a return to the caller, a negative number
 * a further call, a positive one the start of a program.
 */
const ROM_CODE = [
  0x0000_0200, // attn
  0x2c00_0000, // cmpwi r0,0
  0x4d82_0020, // beqlr
  0x4180_fff4, // blt   .-12
  0x4c00_0064, // rfi
]

/** The ROM code of the client interface, for any word-aligned address. */
export function openFirmwareCode(): Uint8Array {
  const view = new DataView(new ArrayBuffer(ROM_CODE.length * 4))
  ROM_CODE.forEach((word, i) => {
    view.setUint32(i * 4, word)
  })
  return new Uint8Array(view.buffer)
}

/** What answers the hypercall. */
export interface FirmwareCalls {
  call(r3: number): FirmwareOutcome
}

/** Lets the ROM code reach the firmware. `wait` is called when it waits for a key, or for a time in milliseconds. */
export function connectOpenFirmware(
  cpu: PowerPcCpu,
  firmware: FirmwareCalls,
  wait: (untilMs: number | undefined) => void,
): void {
  const { state } = cpu
  cpu.connectFirmware(() => {
    const outcome = firmware.call(state.get(GPR, 3) >>> 0)
    if (outcome.kind === "start") enterProgram(cpu, outcome.program)
    else {
      if (outcome.kind === "return") state.set(GPR, 3, outcome.value | 0)
      if (outcome.kind === "wait") wait(outcome.untilMs)
      state.set(GPR, 0, outcome.kind === "return" ? 0 : -1)
    }
    return true
  })
}

/** Prepares the registers so that the ROM code's `rfi` starts a program. */
function enterProgram({ state }: PowerPcCpu, { entry, registers, msr }: ProgramStart): void {
  for (let n = 0; n < 32; n++) state.set(GPR, n, (registers[n] ?? 0) | 0)
  state.set(GPR, 0, 1)
  state.set(SPR, SPRN.SRR0, entry | 0)
  state.set(SPR, SPRN.SRR1, msr)
}

/** RAM from address 0, as the firmware sees it. */
export function firmwareMemory(cpu: Pick<PowerPcCpu, "memoryPort" | "clear">, size: number): PhysicalMemory {
  const { memoryPort } = cpu
  const word = new Uint8Array(4)
  const view = new DataView(word.buffer)
  const few = [word.subarray(0, 0), word.subarray(0, 1), word.subarray(0, 2), word, word] as const
  return {
    size,
    read(address, length) {
      const bytes = new Uint8Array(length)
      memoryPort.read(address, bytes)
      return bytes
    },
    write: (address, bytes) => memoryPort.write(address, bytes),
    clear: (address, length) => cpu.clear(address, length),
    load(address, bytes) {
      memoryPort.read(address, few[bytes])
      return bytes === 1 ? word[0]! : bytes === 2 ? view.getUint16(0) : view.getUint32(0)
    },
    store(address, bytes, value) {
      if (bytes === 1) word[0] = value
      else if (bytes === 2) view.setUint16(0, value)
      else view.setUint32(0, value)
      memoryPort.write(address, few[bytes])
    },
  }
}

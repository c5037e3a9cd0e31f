// A host that talks to CUDA by polling, in the order of steps that firmware and kernels keep to.
import type { Instance } from "../../devices/kit/index.ts"
import type { TestBench } from "../../devices/testing.ts"

/** Registers of the VIA, and the lines of port B, all active low. */
export const VIA = { ORB: 0, DDRB: 0x400, SR: 0x1400, ACR: 0x1600, IFR: 0x1a00, IER: 0x1c00 }
export const LINE = { TREQ: 0x08, TACK: 0x10, TIP: 0x20 }
const SHIFT_OUT = 0x10
const SR_FLAG = 0x04

export class CudaHost {
  readonly #bench: TestBench
  readonly #part: Instance

  constructor(bench: TestBench, part: Instance) {
    this.#bench = bench
    this.#part = part
  }

  read(register: number): number {
    return this.#part.read(register, 1)
  }

  write(register: number, value: number): void {
    this.#part.write(register, 1, value)
  }

  /** Changes bits of a register. */
  change(register: number, clear: number, set: number): void {
    this.write(register, (this.read(register) & ~clear) | set)
  }

  toggle(bits: number): void {
    this.write(VIA.ORB, this.read(VIA.ORB) ^ bits)
  }

  get isRequested(): boolean {
    return (this.read(VIA.ORB) & LINE.TREQ) === 0
  }

  /** Waits for the shift register flag, and clears it; throws if it does not come within a second. */
  waitForShift(): void {
    const { clock } = this.#bench
    for (let n = 0; n < 10_000; n++) {
      if (this.read(VIA.IFR) & SR_FLAG) {
        this.write(VIA.IFR, SR_FLAG)
        return
      }
      clock.advanceTo(clock.nowNs() + 100_000)
    }
    throw new Error("CUDA does not answer")
  }

  /** Sends a packet and reads the answer. */
  request(...packet: number[]): number[] {
    this.send(...packet)
    return this.receive()
  }

  send(...packet: number[]): void {
    this.change(VIA.ACR, 0, SHIFT_OUT)
    for (const [n, byte] of packet.entries()) {
      this.write(VIA.SR, byte)
      if (n === 0) this.change(VIA.ORB, LINE.TIP, 0)
      else this.toggle(LINE.TACK)
      this.waitForShift()
    }
    this.change(VIA.ACR, SHIFT_OUT, 0)
    this.read(VIA.SR)
    this.change(VIA.ORB, 0, LINE.TIP | LINE.TACK)
  }

  /** Reads a packet: as long as CUDA has it, or `most` bytes. */
  receive(most = Number.POSITIVE_INFINITY): number[] {
    this.waitForShift()
    this.read(VIA.SR)
    const bytes: number[] = []
    this.change(VIA.ORB, LINE.TIP, 0)
    for (;;) {
      this.waitForShift()
      bytes.push(this.read(VIA.SR))
      if (!this.isRequested || bytes.length === most) break
      this.toggle(LINE.TACK)
    }
    this.change(VIA.ORB, 0, LINE.TIP | LINE.TACK)
    this.waitForShift()
    this.read(VIA.SR)
    return bytes
  }
}

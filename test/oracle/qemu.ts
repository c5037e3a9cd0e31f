// QEMU as the reference of tests: the machines that it is started with.

import { type QemuProgram, unavailable as unavailableProgram } from "../../src/host/qemu.ts"

export { connectWhenReady, freePort, type HeldQemu, startBounded, startHeld, stop } from "../../src/host/qemu.ts"

/** Why a program of QEMU, a machine's unless told, cannot be used here; undefined if it can. */
export const unavailable = (program: QemuProgram = "qemu-system-arm") => unavailableProgram(program)

/** The arguments of a machine without consoles or disks; `none` is RAM at 0 and nothing else. `backend` names the object that is its RAM. */
export function machineArguments(
  machine: "none" | "virt" | "versatilepb",
  cpu: "cortex-a15" | "arm926",
  backend?: string,
): string[] {
  // The none machine would give the Cortex-A15 its security and virtualization extensions, which virt leaves out by default, and the
  // ARM926 a VFP, which is an optional coprocessor of that CPU.
  const bare = { "cortex-a15": "cortex-a15,has_el3=off,has_el2=off", arm926: "arm926,vfp=off" } as const
  const model = machine === "none" ? bare[cpu] : cpu
  const quiet = ["-nodefaults", "-display", "none", "-monitor", "none", "-serial", "none", "-parallel", "none"]
  return ["-machine", backend ? `${machine},memory-backend=${backend}` : machine, "-cpu", model, ...quiet]
}

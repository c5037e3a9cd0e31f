// A client of the gdb remote serial protocol over TCP (GDB manual, appendix E).

import { connect, type Socket } from "node:net"
import { includedDocuments, parseRegisters, type RemoteRegister } from "./gdb-features.ts"

/** A failure of the connection or of the remote; the message is one line. */
export class GdbRemoteError extends Error {}

/** Where the stub listens: a TCP port of the loopback interface or a Unix socket. */
export type GdbAddress = { port: number } | { path: string }

/** Options of a connection. */
export type GdbOptions = {
  /** Timeout in milliseconds for the connection and for each answer; 5000 if not given. */
  readonly timeoutMs?: number
  /** Byte order of its registers; little-endian if not given. */
  readonly byteOrder?: "little" | "big"
}

type Waiter = { resolve: (body: string) => void; reject: (error: Error) => void }

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

function framed(body: string): string {
  let sum = 0
  for (let i = 0; i < body.length; i++) sum = (sum + body.charCodeAt(i)) & 0xff
  return `$${body}#${sum.toString(16).padStart(2, "0")}`
}

/** Expands the run-length coding of an answer (`c*n` repeats c another n − 29 times). */
function expand(body: string): string {
  return body.includes("*")
    ? body.replace(/(.)\*(.)/g, (_, char: string, count: string) => char.repeat(count.charCodeAt(0) - 28))
    : body
}

/** One connection to a gdb stub. Every method rejects with a GdbRemoteError when the stub refuses, closes or keeps silent. */
export class GdbRemote {
  readonly #socket: Socket
  readonly #timeoutMs: number
  readonly #byteOrder: "little" | "big"
  #pending = ""
  readonly #waiters: Waiter[] = []
  #failure: GdbRemoteError | undefined
  #acknowledges = true
  /** The registers of the remote by the order of its target description. */
  registers: RemoteRegister[] = []

  private constructor(socket: Socket, { timeoutMs, byteOrder }: Required<GdbOptions>) {
    this.#socket = socket
    this.#timeoutMs = timeoutMs
    this.#byteOrder = byteOrder
    socket.setNoDelay(true)
    socket.setEncoding("latin1")
    socket.on("data", (text: string) => this.#receive(text))
    socket.on("error", (error) => this.#fail(error.message))
    socket.on("close", () => this.#fail("the remote closed the connection"))
  }

  /** Connects, switches acknowledgements off and reads the target description. */
  static async connect(
    address: GdbAddress,
    { timeoutMs = 5000, byteOrder = "little" }: GdbOptions = {},
  ): Promise<GdbRemote> {
    const name = "port" in address ? `127.0.0.1:${address.port}` : address.path
    const socket = await new Promise<Socket>((resolve, reject) => {
      const opening = "port" in address ? connect({ host: "127.0.0.1", port: address.port }) : connect(address.path)
      const fail = (why: string): void => {
        opening.destroy()
        reject(new GdbRemoteError(`gdb remote ${name}: ${why}`))
      }
      opening.setTimeout(timeoutMs, () => fail(`no connection within ${timeoutMs} ms`))
      opening.once("error", (error) => fail(error.message))
      opening.once("connect", () => {
        opening.setTimeout(0)
        opening.removeAllListeners()
        resolve(opening)
      })
    })
    const remote = new GdbRemote(socket, { timeoutMs, byteOrder })
    await remote.request("qSupported:multiprocess-")
    if ((await remote.request("QStartNoAckMode")) === "OK") remote.#acknowledges = false
    await remote.#readFeatures()
    return remote
  }

  #fail(why: string): void {
    this.#failure ??= new GdbRemoteError(`gdb remote: ${why}`)
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure)
  }

  #receive(text: string): void {
    this.#pending += text
    for (;;) {
      const start = this.#pending.indexOf("$")
      const end = start < 0 ? -1 : this.#pending.indexOf("#", start)
      if (end < 0 || this.#pending.length < end + 3) return
      const body = this.#pending.slice(start + 1, end)
      this.#pending = this.#pending.slice(end + 3)
      if (this.#acknowledges) this.#socket.write("+")
      this.#waiters.shift()?.resolve(expand(body))
    }
  }

  /**
   * Sends one packet and returns the answer's body; requests made without waiting are pipelined. After a step or a
   * continue, wait for the answer: QEMU takes any byte that arrives while the guest runs for an interrupt and drops it.
   */
  request(body: string, timeoutMs = this.#timeoutMs): Promise<string> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#fail(`no answer to "${body.slice(0, 40)}" within ${timeoutMs} ms`),
        timeoutMs,
      )
      const settled = <T>(then: (value: T) => void): ((value: T) => void) => {
        return (value) => {
          clearTimeout(timer)
          then(value)
        }
      }
      this.#waiters.push({ resolve: settled(resolve), reject: settled(reject) })
      this.#socket.write(framed(body), "latin1")
    })
  }

  async #expectOk(body: string): Promise<void> {
    const answer = await this.request(body)
    if (answer !== "OK")
      throw new GdbRemoteError(`gdb remote: "${body.slice(0, 40)}" is refused: ${answer || "unsupported"}`)
  }

  async #document(name: string): Promise<string> {
    let text = ""
    for (;;) {
      const part = await this.request(`qXfer:features:read:${name}:${text.length.toString(16)},ffb`)
      if (part[0] !== "m" && part[0] !== "l") throw new GdbRemoteError(`gdb remote: no target description ${name}`)
      text += part.slice(1)
      if (part[0] === "l") return text
    }
  }

  async #readFeatures(): Promise<void> {
    const main = await this.#document("target.xml")
    const included: string[] = []
    for (const name of includedDocuments(main)) included.push(await this.#document(name))
    this.registers = parseRegisters([main, ...included])
  }

  /** The register of that name. */
  register(name: string): RemoteRegister {
    const found = this.registers.find((register) => register.name === name)
    if (!found) throw new GdbRemoteError(`gdb remote: it has no register ${name}`)
    return found
  }

  async #readNumbered(register: RemoteRegister): Promise<bigint | undefined> {
    const answer = await this.request(`p${register.number.toString(16)}`)
    if (answer === "" || answer[0] === "E") return undefined
    return this.#number(Buffer.from(answer, "hex"))
  }

  /** The unsigned number in the bytes of a register. */
  #number(bytes: Uint8Array): bigint {
    return BigInt(`0x${hexOf(this.#byteOrder === "little" ? bytes.toReversed() : bytes)}`)
  }

  /** Reads one register as an unsigned number. */
  async readRegister(name: string): Promise<bigint> {
    const value = await this.#readNumbered(this.register(name))
    if (value === undefined) throw new GdbRemoteError(`gdb remote: register ${name} cannot be read`)
    return value
  }

  /**
   * Reads every register, pipelined, except those that the remote refuses. Of registers with the same name (QEMU has
   * some), the second and later ones are called `name#number`.
   */
  async readAllRegisters(): Promise<Map<string, bigint>> {
    const values = await Promise.all(this.registers.map((register) => this.#readNumbered(register)))
    const known = new Map<string, bigint>()
    this.registers.forEach(({ name, number }, i) => {
      const value = values[i]
      if (value !== undefined) known.set(known.has(name) ? `${name}#${number}` : name, value)
    })
    return known
  }

  /** Reads the registers of the target description's first feature at once (the `g` packet), unsigned. */
  async readFeature(feature: string): Promise<ReadonlyMap<string, bigint>> {
    const answer = await this.request("g")
    if (answer[0] === "E") throw new GdbRemoteError(`gdb remote: registers cannot be read: ${answer}`)
    const bytes = Uint8Array.from(Buffer.from(answer, "hex"))
    const first = this.registers[0]?.feature
    if (first !== feature) throw new GdbRemoteError(`gdb remote: its first feature is ${first}, not ${feature}`)
    const values = new Map<string, bigint>()
    let at = 0
    for (const { name, bytes: size } of this.registers.filter((register) => register.feature === feature)) {
      values.set(name, this.#number(bytes.subarray(at, at + size)))
      at += size
    }
    return values
  }

  /** Writes one register. */
  async writeRegister(name: string, value: bigint): Promise<void> {
    const register = this.register(name)
    const digits = BigInt.asUintN(register.bytes * 8, value)
      .toString(16)
      .padStart(register.bytes * 2, "0")
    const bytes = Buffer.from(digits, "hex")
    const ordered = this.#byteOrder === "little" ? bytes.reverse() : bytes
    await this.#expectOk(`P${register.number.toString(16)}=${hexOf(ordered)}`)
  }

  /** Reads memory at a virtual address, in pieces that fit QEMU's packet buffer. */
  async readMemory(address: number | bigint, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 0x400) {
      const size = Math.min(0x400, length - at)
      const here = (BigInt(address) + BigInt(at)).toString(16)
      const answer = await this.request(`m${here},${size.toString(16)}`)
      if (answer.length !== size * 2) {
        throw new GdbRemoteError(`gdb remote: memory at 0x${here} cannot be read`)
      }
      bytes.set(Buffer.from(answer, "hex"), at)
    }
    return bytes
  }

  /** Writes memory at a virtual address. */
  async writeMemory(address: number | bigint, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += 0x400) {
      const part = bytes.subarray(at, at + 0x400)
      const here = (BigInt(address) + BigInt(at)).toString(16)
      await this.#expectOk(`M${here},${part.length.toString(16)}:${hexOf(part)}`)
    }
  }

  /** Executes one instruction; returns the stop answer. */
  step(): Promise<string> {
    return this.request("s")
  }

  /** Runs until the remote stops by itself (a breakpoint); returns the stop answer. */
  continue(timeoutMs = this.#timeoutMs): Promise<string> {
    return this.request("c", timeoutMs)
  }

  /** Sets a software breakpoint; the architecture defines its kinds (GDB manual, E.5). */
  setBreakpoint(address: number | bigint, kind = 4): Promise<void> {
    return this.#expectOk(`Z0,${address.toString(16)},${kind}`)
  }

  /** Removes a software breakpoint. */
  clearBreakpoint(address: number | bigint, kind = 4): Promise<void> {
    return this.#expectOk(`z0,${address.toString(16)},${kind}`)
  }

  /** Detaches, so that the machine runs on, and closes the connection. */
  async detach(): Promise<void> {
    await this.#expectOk("D")
    this.close()
  }

  /** Ends the remote's process (QEMU exits) and closes the connection. */
  kill(): void {
    this.#socket.end(framed("k"), "latin1")
  }

  /** Closes the connection without a message to the remote. */
  close(): void {
    this.#socket.destroy()
  }
}

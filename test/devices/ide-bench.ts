// A host at an ATA channel and its DMA controller, as a driver uses them: for tests.

import { BytesBlock } from "../../devices/block/bytes-block.ts"
import { ide } from "../../devices/block/ide.ts"
import { dbdma } from "../../devices/dma/dbdma.ts"
import { type BlockPort, DmaLink, type Drive } from "../../devices/kit/index.ts"
import { TestBench } from "../../devices/testing.ts"

/** Addresses of registers: pata_macio has them 16 bytes apart. */
export const REG = {
  data: 0x00,
  error: 0x10,
  features: 0x10,
  count: 0x20,
  low: 0x30,
  mid: 0x40,
  high: 0x50,
  device: 0x60,
  status: 0x70,
  command: 0x70,
  altStatus: 0x160,
  control: 0x160,
  timing: 0x200,
}

/** The channel of the DMA controller that the tests use. */
export const CHANNEL = 0x16

/** A disk of that many sectors, the bytes of which tell their sector. */
export function diskOf(sectors: number): Uint8Array {
  const bytes = new Uint8Array(sectors * 512)
  for (let n = 0; n < bytes.length; n++) bytes[n] = (n >>> 9) * 7 + n
  return bytes
}

/** An image whose host fails from a byte on. */
export class FailingBlock extends BytesBlock {
  readonly from: number
  constructor(bytes: Uint8Array, from: number) {
    super(bytes, { isReadOnly: false })
    this.from = from
  }
  override read(offset: number, into: Uint8Array): boolean {
    return offset + into.length <= this.from && super.read(offset, into)
  }
  override write(offset: number, from: Uint8Array): boolean {
    return offset + from.length <= this.from && super.write(offset, from)
  }
}

/** A writable disk. */
export const disk = (bytes: Uint8Array): Drive => ({
  media: "disk",
  block: new BytesBlock(bytes, { isReadOnly: false }),
})

/** A drive with that disc. */
export const cdrom = (bytes: Uint8Array | BlockPort | undefined): Drive => ({
  media: "cdrom",
  block: bytes instanceof Uint8Array ? new BytesBlock(bytes) : bytes,
})

/** A channel with drives and a DMA controller over 1 MiB of memory. */
export class IdeBench extends TestBench {
  readonly ram = new Uint8Array(1 << 20)
  readonly channel
  readonly dma

  constructor(drive0?: Drive, drive1?: Drive) {
    super()
    const link = new DmaLink()
    const { clock, log } = this
    this.dma = dbdma.create({
      clock,
      log,
      wires: { memory: this.memory(this.ram), channels: { [CHANNEL]: link }, irq: { [CHANNEL]: this.line("dma") } },
    })
    this.channel = ide.create({
      clock,
      log,
      wires: {
        irq: this.line("irq"),
        dma: link,
        ...(drive0 ? { drive0 } : {}),
        ...(drive1 ? { drive1 } : {}),
      },
    })
    this.pass(1e6)
  }

  pass(ns: number): void {
    this.clock.advanceTo(this.clock.nowNs() + ns)
  }

  get(at: number): number {
    return this.channel.read(at, 1)
  }

  put(at: number, value: number): void {
    this.channel.write(at, 1, value)
  }

  /** Writes the registers of a command and the command, and waits until the device is no longer busy. */
  issue(command: number, registers: Partial<Record<keyof typeof REG, number>> = {}): void {
    for (const [name, value] of Object.entries(registers)) this.put(REG[name as keyof typeof REG], value)
    this.put(REG.command, command)
    this.pass(1000)
  }

  /** Reads words through the Data register. */
  words(count: number): Uint8Array {
    const bytes = new Uint8Array(2 * count)
    const view = new DataView(bytes.buffer)
    for (let n = 0; n < count; n++) view.setUint16(2 * n, this.channel.read(REG.data, 2), true)
    this.pass(1000)
    return bytes
  }

  /** Writes bytes through the Data register. */
  feed(bytes: Uint8Array): void {
    for (let n = 0; n < bytes.length; n += 2) this.channel.write(REG.data, 2, bytes[n]! | ((bytes[n + 1] ?? 0) << 8))
    this.pass(1000)
  }

  /** Level of INTRQ. */
  get isInterrupting(): boolean {
    return this.levels["irq"] ?? false
  }

  /** A list of DMA commands in memory, each of its first three words. */
  list(
    at: number,
    ...commands: readonly (readonly [command: number, count: number, address: number, argument?: number])[]
  ): void {
    const view = new DataView(this.ram.buffer)
    for (const [n, [command, count, address, argument = 0]] of commands.entries()) {
      view.setUint16(at + 16 * n, count, true)
      view.setUint16(at + 16 * n + 2, command, true)
      view.setUint32(at + 16 * n + 4, address, true)
      view.setUint32(at + 16 * n + 8, argument, true)
      view.setUint32(at + 16 * n + 12, 0, true)
    }
  }

  /** resCount and xferStatus of a command. */
  result(at: number): [residue: number, status: number] {
    const view = new DataView(this.ram.buffer)
    return [view.getUint16(at + 12, true), view.getUint16(at + 14, true)]
  }

  /** Starts a list at the channel. */
  run(at: number, channel = CHANNEL): void {
    this.dma.write(channel * 0x80 + 0x0c, 4, at)
    this.dma.write(channel * 0x80, 4, 0x8000_8000)
  }

  dmaStatus(channel = CHANNEL): number {
    return this.dma.read(channel * 0x80 + 4, 4)
  }
}

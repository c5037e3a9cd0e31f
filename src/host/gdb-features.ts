// The register list of a gdb target description (GDB manual, appendix G "Target Descriptions").

/** One register of the remote: its number in `p` and `P` packets, its size, and the document that names it. */
export type RemoteRegister = { name: string; number: number; bytes: number; feature: string }

/** The names of the documents that `xml` includes, in order. */
export function includedDocuments(xml: string): string[] {
  return [...xml.matchAll(/<xi:include\s+href="([^"]+)"/g)].map((match) => match[1]!)
}

/**
 * Lists the registers of target description documents. A register's number is one more than the last, unless `regnum`
 * gives it. The documents must be in the order in which the main document includes them.
 */
export function parseRegisters(documents: readonly string[]): RemoteRegister[] {
  const registers: RemoteRegister[] = []
  let next = 0
  for (const xml of documents) {
    let feature = ""
    for (const tag of xml.matchAll(/<(feature|reg)\s([^>]*)>/g)) {
      const attributes = new Map([...tag[2]!.matchAll(/([\w.-]+)\s*=\s*"([^"]*)"/g)].map((m) => [m[1]!, m[2]!]))
      const name = attributes.get("name") ?? ""
      if (tag[1] === "feature") {
        feature = name
        continue
      }
      const number = Number(attributes.get("regnum") ?? next)
      registers.push({ name, number, bytes: Number(attributes.get("bitsize") ?? 32) / 8, feature })
      next = number + 1
    }
  }
  return registers
}

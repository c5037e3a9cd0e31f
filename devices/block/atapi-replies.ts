// What a CD-ROM drive answers: its features, its mode pages, its disc. References: SPC-3 (INQUIRY), MMC-5 (features, profiles,
// table of contents, mode page 2A), in which numbers are big-endian.
import { CD_SECTOR, type Unit } from "./ata-device.ts"

/** Sectors of a disc of 80 minutes: what is larger is a DVD. */
const MOST_CD_SECTORS = 80 * 60 * 75
const PROFILE = { cdRom: 0x0008, dvdRom: 0x0010 }
/** The track number of the lead-out. */
const LEAD_OUT = 0xaa
/** Frames before the first sector, by which times count. */
const FIRST_FRAME = 150

/** Sectors of a disc. */
export const discSectors = (bytes: number): number => Math.floor(bytes / CD_SECTOR)

/** Bytes from numbers of given widths. */
function bytesOf(...fields: readonly (readonly [value: number, width: number])[]): number[] {
  return fields.flatMap(([value, width]) =>
    Array.from({ length: width }, (_, n) => (value >>> (8 * (width - 1 - n))) & 0xff),
  )
}

const ascii = (text: string, length: number) => Array.from(text.padEnd(length), (character) => character.charCodeAt(0))

/** Standard INQUIRY data of a removable CD-ROM drive behind ATAPI. */
export function inquiry(): number[] {
  return [0x05, 0x80, 0x00, 0x21, 31, 0, 0, 0, ...ascii("EMU", 8), ...ascii("EMU CD-ROM", 16), ...ascii("1.0", 4)]
}

/** READ CAPACITY: the last sector and the bytes of a sector. */
export function capacity(sectors: number): number[] {
  return bytesOf([sectors - 1, 4], [CD_SECTOR, 4])
}

/** Minute, second and frame of a sector in four bytes, or its number. */
function place(sector: number, isTime: boolean): number[] {
  if (!isTime) return bytesOf([sector, 4])
  const frame = sector + FIRST_FRAME
  return [0, Math.floor(frame / (60 * 75)) & 0xff, Math.floor(frame / 75) % 60, frame % 75]
}

/** READ TOC, format 0: the one data track and the lead-out; undefined if there is no such track. */
export function tableOfContents(sectors: number, firstTrack: number, isTime: boolean): number[] | undefined {
  if (firstTrack > 1 && firstTrack !== LEAD_OUT) return undefined
  const track = (number: number, sector: number) => [0, 0x14, number, 0, ...place(sector, isTime)]
  const tracks = [...(firstTrack <= 1 ? track(1, 0) : []), ...track(LEAD_OUT, sectors)]
  return [...bytesOf([tracks.length + 2, 2]), 1, 1, ...tracks]
}

/** READ TOC, format 1: the first track of the last session. */
export function sessions(isTime: boolean): number[] {
  return [0, 10, 1, 1, 0, 0x14, 1, 0, ...place(0, isTime)]
}

/** READ TOC, format 2: the full table as it stands in the lead-in, always in times. */
export function fullTableOfContents(sectors: number): number[] {
  const entry = (point: number, data: readonly number[]) => [1, 0x14, 0, point, 0, 0, 0, ...data]
  const entries = [
    ...entry(0xa0, [0, 1, 0, 0]),
    ...entry(0xa1, [0, 1, 0, 0]),
    ...entry(0xa2, place(sectors, true)),
    ...entry(1, place(0, true)),
  ]
  return [...bytesOf([entries.length + 2, 2]), 1, 1, ...entries]
}

/** READ DISC INFORMATION: a finalised disc of one session. */
export function discInformation(): number[] {
  const data = new Array<number>(34).fill(0)
  data.splice(0, 9, 0, 32, 0x0e, 1, 1, 1, 1, 0x20, 0x00)
  return data
}

/** A feature descriptor: code, version with its persistent and current bits, data. */
function feature(code: number, version: number, data: readonly number[]): number[] {
  return [...bytesOf([code, 2]), version, data.length, ...data]
}

/** Bits of a feature that is always there, and of one that holds for the present disc. */
const PERSISTENT = 0x02
const CURRENT = 0x01

/** GET CONFIGURATION: the features from `first` on, all or those that hold now (`kind` 1), or that one alone (2). */
export function configuration(sectors: number | undefined, kind: number, first: number): number[] {
  const profile = sectors === undefined ? 0 : sectors > MOST_CD_SECTORS ? PROFILE.dvdRom : PROFILE.cdRom
  const isCurrent = sectors === undefined ? 0 : CURRENT
  const listed = (code: number) => [...bytesOf([code, 2]), profile === code ? CURRENT : 0, 0]
  const features: [code: number, bytes: number[]][] = [
    [0x0000, feature(0x0000, PERSISTENT | CURRENT, [...listed(PROFILE.dvdRom), ...listed(PROFILE.cdRom)])],
    // Core: the ATAPI interface.
    [0x0001, feature(0x0001, 0x08 | PERSISTENT | CURRENT, [0, 0, 0, 2, 1, 0, 0, 0])],
    // Morphing: events are polled.
    [0x0002, feature(0x0002, PERSISTENT | CURRENT, [0, 0, 0, 0])],
    // Removable medium: a tray that ejects and locks.
    [0x0003, feature(0x0003, PERSISTENT | CURRENT, [0x29, 0, 0, 0])],
    [0x0010, feature(0x0010, isCurrent, [...bytesOf([CD_SECTOR, 4], [1, 2]), 0, 0])],
    [0x001e, feature(0x001e, 0x08 | (profile === PROFILE.cdRom ? CURRENT : 0), [0, 0, 0, 0])],
    [0x001f, feature(0x001f, profile === PROFILE.dvdRom ? CURRENT : 0, [])],
    // Power management.
    [0x0100, feature(0x0100, PERSISTENT | CURRENT, [])],
  ]
  const wanted = features.filter(
    ([code, bytes]) => (kind === 2 ? code === first : code >= first) && (kind !== 1 || (bytes[2]! & CURRENT) !== 0),
  )
  const data = wanted.flatMap(([, bytes]) => bytes)
  return [...bytesOf([data.length + 4, 4]), 0, 0, ...bytesOf([profile, 2]), ...data]
}

/** The pages of MODE SENSE: error recovery, and capabilities with the state of the tray's lock. */
function modePages(unit: Unit): [code: number, bytes: number[]][] {
  const lock = unit.device.isTrayLocked ? 0x02 : 0
  return [
    [0x01, [0x01, 0x06, 0, 5, 0, 0, 0, 0]],
    // It reads CD-R, CD-RW and DVD-ROM, multi-session discs, forms 1 and 2 of mode 2; a tray that ejects and locks.
    [
      0x2a,
      [
        0x2a,
        0x12,
        0x0b,
        0x00,
        0x70,
        0x00,
        0x29 | lock,
        0x00,
        ...bytesOf([706, 2], [2, 2], [512, 2], [706, 2]),
        0,
        0,
        0,
        0,
      ],
    ],
  ]
}

/** MODE SENSE(10): one page, or all for 0x3f; undefined if there is no such page. */
export function modeSense(unit: Unit, page: number, hasDisc: boolean): number[] | undefined {
  const pages = modePages(unit).filter(([code]) => page === 0x3f || code === page)
  if (pages.length === 0) return undefined
  const data = pages.flatMap(([, bytes]) => bytes)
  const medium = unit.device.isTrayOpen ? 0x71 : hasDisc ? 0x01 : 0x70
  return [...bytesOf([data.length + 6, 2]), medium, 0, 0, 0, 0, 0, ...data]
}

/** GET EVENT STATUS NOTIFICATION for the classes asked for: the state of tray and disc, or no event. */
export function eventStatus(unit: Unit, classes: number, hasDisc: boolean): number[] {
  const MEDIA = 0x10
  const { device } = unit
  if (!(classes & MEDIA)) return [0, 2, 0x80, MEDIA]
  const event = device.isUnitAttention ? 2 : 0
  return [0, 6, 4, MEDIA, event, (hasDisc ? 2 : 0) | (device.isTrayOpen ? 1 : 0), 0, 0]
}

/** MECHANISM STATUS of a drive without a changer. */
export function mechanismStatus({ device }: Unit): number[] {
  return [0, device.isTrayOpen ? 0x10 : 0, 0, 0, 0, 1, 0, 0]
}

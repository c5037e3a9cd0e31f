// The monitor's "map" command: prints the block address translations, and the entries of the page table (Programming
// Environments Manual, 7.4, 7.6).

import { texts } from "../tables.ts"
import { enter, leave } from "./frame.ts"

/** `map`. */
export const map = String.raw`
map:
${enter}    addi    r3, r2, map_header-BASE
    bl      print
    mfdbatu r3, 0
    mfdbatl r4, 0
    bl      put_block
    mfdbatu r3, 1
    mfdbatl r4, 1
    bl      put_block
    lis     r31, TABLE@h
    lis     r30, 1
    srwi    r30, r30, 3                 # entries
1:  lwz     r3, 0(r31)
    cmpwi   r3, 0
    bge     2f
    bl      put_entry
2:  addi    r31, r31, 8
    addic.  r30, r30, -1
    bne     1b
    li      r3, 0
${leave}
# Prints a block: upper register r3, lower r4.
put_block:
${enter}    mr      r31, r4
    rlwinm  r5, r3, 15, 4, 14           # block length
    rlwinm  r4, r3, 0, 0, 14
    add     r5, r4, r5
    addis   r5, r5, 1
    ori     r5, r5, 0xffff
    rlwinm  r6, r31, 0, 0, 14
    addi    r3, r2, map_format-BASE
    bl      print
    andi.   r0, r31, 0x20
    addi    r3, r2, block_text-BASE
    beq     1f
    addi    r3, r2, device_text-BASE
1:  bl      print
${leave}
# Prints the page of the entry r31: from its group, its VSID, and the abbreviated page index.
put_entry:
${enter}    lwz     r4, 0(r31)
    rlwinm  r5, r4, 9, 0, 3             # the VSID is the segment's number times 0x1000
    rlwinm  r6, r31, 26, 22, 31         # number of the group: low bits of the page number
    rlwinm  r6, r6, 12, 10, 19
    or      r5, r5, r6
    rlwinm  r6, r4, 22, 4, 9            # abbreviated page index
    or      r4, r5, r6
    mr      r30, r4
    addi    r5, r4, 0xfff
    lwz     r6, 4(r31)
    rlwinm  r6, r6, 0, 0, 19
    addi    r3, r2, map_format-BASE
    bl      print
    lwz     r4, 4(r31)
    rlwinm  r4, r4, 3, 27, 28           # PP
    addi    r5, r2, rights-BASE
    add     r4, r5, r4
    mfsrin  r5, r30
    andis.  r5, r5, 0x1000              # N
    addi    r5, r2, executable_text-BASE
    beq     1f
    addi    r5, r2, no_execute_text-BASE
1:  addi    r3, r2, rights_format-BASE
    bl      print
${leave}
# By PP, with a key for users alone.
rights:
    .asciz  "rw   --"
    .asciz  "rw   r-"
    .asciz  "rw   rw"
    .asciz  "r-   r-"
${texts({
  map_header: "virtual             physical  kernel, user\n",
  map_format: "%x-%x   %x  ",
  rights_format: "%s  %s\n",
  block_text: "rw   --  block of memory\n",
  device_text: "rw   --  block of devices\n",
  executable_text: "page",
  no_execute_text: "page, never executed",
})}    .balign 4
`

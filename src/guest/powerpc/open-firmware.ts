// The monitor as a client of Open Firmware (IEEE 1275-1994, chapter 6): what it reads of the device tree before it takes
// over the machine.

import { enter, leave } from "./frame.ts"

/** `read_tree`, `matches`, and the boot arguments. */
export const openFirmware = String.raw`
# Reads the device tree, and lets go of the firmware. An unknown size or address stops the processor.
read_tree:
${enter}    addi    r3, r2, memory_path-BASE
    addi    r4, r2, reg_name-BASE
    li      r5, 8
    bl      tree_cells
    lwz     r3, cells-BASE+4(r2)
    stw     r3, memory_bytes-BASE(r2)
    addi    r3, r2, mac_io_path-BASE
    addi    r4, r2, assigned_name-BASE
    li      r5, 20
    bl      tree_cells
    lwz     r3, cells-BASE+8(r2)
    stw     r3, mac_io-BASE(r2)
    addi    r3, r2, cpus_path-BASE
    bl      find_node
    mr      r6, r3
    addi    r3, r2, child_service-BASE
    li      r4, 1
    bl      call_firmware
    addi    r4, r2, timebase_name-BASE
    li      r5, 4
    bl      node_cells
    lwz     r3, cells-BASE(r2)
    stw     r3, timebase_hz-BASE(r2)
    addi    r3, r2, chosen_path-BASE
    bl      find_node
    addi    r4, r2, bootargs_name-BASE
    li      r5, LINE_BYTES - 1
    addi    r6, r2, bootargs-BASE
    bl      get_property
    addi    r3, r2, quiesce_service-BASE
    li      r4, 0
    bl      call_firmware
${leave}
# Reads r5 bytes of the property r4 of the node at the path r3 into the cells.
tree_cells:
${enter}    mr      r30, r4
    mr      r29, r5
    bl      find_node
    mr      r4, r30
    mr      r5, r29
    bl      node_cells
${leave}
# The same for the node r3.
node_cells:
    addi    r6, r2, cells-BASE
    mflr    r0
    stwu    r1, -16(r1)
    stw     r0, 20(r1)
    bl      get_property
    lwz     r0, 20(r1)
    mtlr    r0
    addi    r1, r1, 16
    cmpwi   r3, 0
    bgtlr
    b       give_up

# The node at the path r3; -1 if there is none.
find_node:
    mr      r6, r3
    addi    r3, r2, find_service-BASE
    li      r4, 1
    b       call_firmware

# Copies up to r5 bytes of the property r4 of the node r3 to r6. Returns its length, or -1.
get_property:
    mr      r8, r6
    mr      r9, r5
    mr      r7, r4
    mr      r6, r3
    addi    r3, r2, property_service-BASE
    li      r4, 4

# Calls the service r3 with r4 arguments, r6 to r9. Returns its result.
call_firmware:
${enter}    addi    r10, r2, request-BASE
    stw     r3, 0(r10)
    stw     r4, 4(r10)
    stw     r6, 12(r10)
    stw     r7, 16(r10)
    stw     r8, 20(r10)
    stw     r9, 24(r10)
    li      r0, 1
    stw     r0, 8(r10)
    slwi    r31, r4, 2
    add     r31, r31, r10
    li      r0, -1
    stw     r0, 12(r31)
    lwz     r0, firmware-BASE(r2)
    mtctr   r0
    mr      r3, r10
    bctrl
    lis     r2, BASE@ha
    addi    r2, r2, BASE@l
    lwz     r3, 12(r31)
${leave}
# Compares the text r3, up to its end or a space, with the name r4: 1 if they are equal, else 0.
matches:
    lbz     r5, 0(r3)
    lbz     r6, 0(r4)
    addi    r3, r3, 1
    addi    r4, r4, 1
    cmpwi   r5, 32
    bne     1f
    li      r5, 0
1:  cmpw    r5, r6
    bne     2f
    cmpwi   r5, 0
    bne     matches
    li      r3, 1
    blr
2:  li      r3, 0
    blr

firmware:
    .long   0
request:
    .space  32
cells:
    .space  20
find_service:
    .asciz  "finddevice"
property_service:
    .asciz  "getprop"
child_service:
    .asciz  "child"
quiesce_service:
    .asciz  "quiesce"
memory_path:
    .asciz  "/memory"
mac_io_path:
    .asciz  "/pci/mac-io"
cpus_path:
    .asciz  "/cpus"
chosen_path:
    .asciz  "/chosen"
reg_name:
    .asciz  "reg"
assigned_name:
    .asciz  "assigned-addresses"
timebase_name:
    .asciz  "timebase-frequency"
bootargs_name:
    .asciz  "bootargs"
bootargs:
    .space  LINE_BYTES
    .balign 4
`

// The monitor's `map` command: walks the translation tables and prints what they map (ARM DDI 0406C, B3.5, B3.7.1).

/** `map`. */
export const map = String.raw`
@ Prints the entries of both tables, runs of alike first-level entries as one line.
map:
    push    {r4-r8, lr}
    ldr     r0, =map_header
    bl      print
    ldr     r4, =TABLE1
    mov     r5, #0                      @ virtual address
1:  ldr     r6, [r4]
    ands    r0, r6, #3
    beq     3f
    cmp     r0, #1
    beq     4f
    mov     r7, r4                      @ a section: how many follow that continue it?
    mov     r8, r6
2:  add     r7, r7, #4
    add     r8, r8, #0x100000
    ldr     r1, =TABLE1 + 0x4000
    cmp     r7, r1
    beq     5f
    ldr     r1, [r7]
    cmp     r1, r8
    beq     2b
5:  sub     r0, r7, r4
    mov     r1, r5
    add     r5, r5, r0, lsl #18
    sub     r2, r5, #1
    mov     r4, r7
    lsr     r3, r6, #20
    lsl     r3, r3, #20
    ldr     r0, =map_format
    bl      print
    mov     r0, r6
    bl      put_section
    b       6f
3:  add     r4, r4, #4
    add     r5, r5, #0x100000
    b       6f
4:  bl      map_pages
    b       3b
6:  ldr     r0, =TABLE1 + 0x4000
    cmp     r4, r0
    blo     1b
    mov     r0, #0
    pop     {r4-r8, pc}

@ Prints the pages of the second-level table r6, which maps addresses from r5.
map_pages:
    push    {r4, r5, r6, lr}
    lsr     r6, r6, #10
    lsl     r6, r6, #10
    mov     r4, #256
1:  ldr     r0, [r6]
    tst     r0, #2
    beq     2f
    lsr     r3, r0, #12
    lsl     r3, r3, #12
    mov     r1, r5
    add     r2, r5, #0x1000
    sub     r2, r2, #1
    ldr     r0, =map_format
    bl      print
    ldr     r0, [r6]
    bl      put_page
2:  add     r6, r6, #4
    add     r5, r5, #0x1000
    subs    r4, r4, #1
    bne     1b
    pop     {r4, r5, r6, pc}

@ Prints the rights, kind and domain of the section descriptor r0.
put_section:
    ubfx    r1, r0, #10, #2             @ AP[1:0]
    tst     r0, #0x8000                 @ AP[2]
    orrne   r1, r1, #4
    ubfx    r2, r0, #4, #1              @ XN
    ubfx    r3, r0, #12, #3             @ TEX
    ubfx    r12, r0, #5, #4             @ domain
    b       put_rights

@ Prints those of the small-page descriptor r0.
put_page:
    ubfx    r1, r0, #4, #2
    tst     r0, #0x200
    orrne   r1, r1, #4
    and     r2, r0, #1
    ubfx    r3, r0, #6, #3
    mov     r12, #0
put_rights:
    orr     r1, r2, r1, lsl #1
    ldr     r2, =rights
    add     r1, r2, r1, lsl #3
    cmp     r3, #0
    ldreq   r2, =device_text
    ldrne   r2, =memory_text
    cmp     r12, #0
    ldreq   r3, =open_text
    ldrne   r3, =closed_text
    ldr     r0, =rights_format
    b       print
    .pool

@ By AP and XN.
rights:
    .asciz  "--- ---"
    .asciz  "--- ---"
    .asciz  "rwx ---"
    .asciz  "rw- ---"
    .asciz  "rwx r-x"
    .asciz  "rw- r--"
    .asciz  "rwx rwx"
    .asciz  "rw- rw-"
    .asciz  "??? ???"
    .asciz  "??? ???"
    .asciz  "r-x ---"
    .asciz  "r-- ---"
    .asciz  "r-x r-x"
    .asciz  "r-- r--"
    .asciz  "r-x r-x"
    .asciz  "r-- r--"
map_header:
    .asciz  "virtual             physical  kernel, user\n"
map_format:
    .asciz  "%x-%x   %x  "
rights_format:
    .asciz  "%s  %s%s\n"
device_text:
    .asciz  "device"
memory_text:
    .asciz  "memory"
open_text:
    .asciz  ""
closed_text:
    .asciz  ", domain closed"
    .balign 4
`

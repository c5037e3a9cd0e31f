// Gets guests from Debian's packages: npx tsx test/guests/fetch.ts [FOLDER]

import { fetchPackage, type PackageFiles, runRecipe } from "./debian.ts"

const INSTALLER = "usr/lib/debian-installer/images/12/armhf/text/debian-installer/armhf"

const GUESTS: readonly PackageFiles[] = [
  {
    package: "debian-installer-12-netboot-armhf",
    files: {
      [`${INSTALLER}/vmlinuz`]: "debian-installer-12-netboot-armhf/vmlinuz",
      [`${INSTALLER}/initrd.gz`]: "debian-installer-12-netboot-armhf/initrd.gz",
    },
  },
  { package: "u-boot-qemu", files: { "usr/lib/u-boot/qemu_arm/u-boot.bin": "u-boot-qemu/u-boot.bin" } },
  { package: "qemu-system-data", files: { "usr/share/qemu/openbios-ppc": "qemu-system-data/openbios-ppc" } },
  { package: "qemu-efi-arm", files: { "usr/share/AAVMF/AAVMF32_CODE.fd": "qemu-efi-arm/AAVMF32_CODE.fd" } },
]

runRecipe((folder, work) => {
  for (const guest of GUESTS) fetchPackage(guest, folder, work)
})

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kexec KERNEL INITRD COMMAND-LINE: starts that kernel.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int kernel, initrd;

	if (argc != 4) {
		fprintf(stderr, "usage: kexec KERNEL INITRD COMMAND-LINE\n");
		return 2;
	}
	kernel = open(argv[1], O_RDONLY);
	initrd = open(argv[2], O_RDONLY);
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1,
		    argv[3], 0ul)) {
		perror("FAIL kexec_file_load");
		return 1;
	}
	sync();
	reboot(RB_KEXEC);
	perror("FAIL kexec");
	return 1;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kexec [--crash] KERNEL INITRD COMMAND-LINE: starts that kernel, or has it
 * ready for the case of a crash.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_ON_CRASH 2ul

static int load(char **files, unsigned long flags)
{
	int kernel = open(files[0], O_RDONLY);
	int initrd = open(files[1], O_RDONLY);

	if (!syscall(SYS_kexec_file_load, kernel, initrd, strlen(files[2]) + 1,
		     files[2], flags))
		return 0;
	perror("FAIL kexec_file_load");
	return 1;
}

int main(int argc, char **argv)
{
	bool crash = argc > 1 && !strcmp(argv[1], "--crash");

	if (argc != 4 + crash) {
		fprintf(stderr,
			"usage: kexec [--crash] KERNEL INITRD COMMAND-LINE\n");
		return 2;
	}
	if (crash)
		return load(argv + 2, FILE_ON_CRASH);
	if (load(argv + 1, 0))
		return 1;
	sync();
	puts("kexec begins");
	fflush(stdout);
	reboot(RB_KEXEC);
	perror("FAIL kexec");
	return 1;
}

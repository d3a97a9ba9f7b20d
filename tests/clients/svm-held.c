/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * svm-held /dev/svmN FILE: processes whose commands wait for pages that do not
 * come before there is FILE.  The kernel has the page requests meanwhile, and
 * answers none.  Then all commands end as they should.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"

enum { PROCESSES = 4 };

/* The pages are zero when they come. */
static void wait_for_page(void *arg)
{
	uint8_t copy[64];
	const void *data;
	struct svm svm;

	memset(copy, 1, sizeof(copy));
	device_open(&svm);
	data = stuck_page_map(arg);
	CHECK_OK(svm_copy(&svm, copy, data, sizeof(copy)), "held copy");
	for (size_t i = 0; i < sizeof(copy); i++)
		CHECK(!copy[i], "%02x instead of 0", copy[i]);
	device_must_work(&svm);
	svm_close(&svm);
}

int main(int argc, char **argv)
{
	struct stuck_page *page[PROCESSES];
	pid_t process[PROCESSES];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3)
		return 2;
	device_path = argv[1];
	for (int i = 0; i < PROCESSES; i++) {
		page[i] = stuck_page_make();
		process[i] = child_start(wait_for_page, page[i]);
		stuck_page_wait(page[i]);
	}
	printf("held\n");
	while (access(argv[2], F_OK))
		sleep_ms(20);
	for (int i = 0; i < PROCESSES; i++)
		stuck_page_release(page[i]);
	for (int i = 0; i < PROCESSES; i++)
		child_join(process[i]);
	printf("released\n");
	return 0;
}

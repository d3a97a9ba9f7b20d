/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vtd-bench [--instructions] [--quick] [NAME...]
 *
 * What the library costs, next to bare references in the same process; rows of
 * tab-separated values on stdout.  NAME: cases whose names begin so.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "measure.h"

static bool take_option(const char *option)
{
	if (strcmp(option, "--instructions") == 0)
		bench_options.instructions = true;
	else if (strcmp(option, "--quick") == 0)
		bench_options.quick = true;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static void (*const cases[])(void) = {
		bench_translate_cases,
		bench_nested_cases,
		bench_pasid_cases,
		bench_atc_cases,
		bench_atc_invalidation_cases,
		bench_queue_cases,
		bench_message_cases,
		bench_thread_cases,
	};
	int first = 1;

	while (first < argc && take_option(argv[first]))
		first++;
	if (first < argc && argv[first][0] == '-') {
		fprintf(stderr,
			"usage: vtd-bench [--instructions] [--quick] [NAME...]\n");
		return 2;
	}
	bench_options.wanted = argv + first;
	bench_heading();
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cases[i]();
	return 0;
}

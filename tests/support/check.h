/* SPDX-License-Identifier: BSD-3-Clause */
/* cmocka with all that it needs included first, and tests on a fixture. */
#ifndef VTD_TESTS_CHECK_H
#define VTD_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

/* A test whose state is a `struct fixture *` without a unit. */
#define FIXTURE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* Run an array `tests` and return from main(). */
#define RUN_TESTS(tests) cmocka_run_group_tests(tests, NULL, NULL)

/* In loops over a table: say which row failed. */
#define check_row(name, condition)                                \
	do {                                                      \
		if (!(condition))                                 \
			fail_msg("%s: not %s", name, #condition); \
	} while (0)

#endif /* VTD_TESTS_CHECK_H */

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * As much of cmocka as the stress programs need, for machines whose cmocka is not
 * at hand: tools/stress builds them for aarch64 with it.
 */
#ifndef CMOCKA_H
#define CMOCKA_H

#include <stdio.h>
#include <stdlib.h>

struct CMUnitTest {
	const char *name;
	void (*test)(void **state);
	int (*setup)(void **state);
	int (*teardown)(void **state);
};

#define cmocka_unit_test(f) cmocka_unit_test_setup_teardown(f, NULL, NULL)
#define cmocka_unit_test_setup_teardown(f, setup, teardown) \
	{                                                   \
#f, f, setup, teardown                      \
	}

#define fail_msg(...)                                          \
	do {                                                   \
		printf("%s:%d: failed: ", __FILE__, __LINE__); \
		printf(__VA_ARGS__);                           \
		puts("");                                      \
		exit(1);                                       \
	} while (0)
#define assert_true(c)                          \
	do {                                    \
		if (!(c))                       \
			fail_msg("not %s", #c); \
	} while (0)
#define assert_false(c) assert_true(!(c))
#define assert_non_null(p) assert_true((p) != NULL)
#define assert_int_equal(a, b)                                        \
	do {                                                          \
		unsigned long long a_ = (unsigned long long)(a);      \
		unsigned long long b_ = (unsigned long long)(b);      \
		if (a_ != b_)                                         \
			fail_msg("%s is %llu, not %llu", #a, a_, b_); \
	} while (0)
#define assert_memory_equal(a, b, size) \
	assert_true(memcmp((a), (b), (size)) == 0)
#define print_message(...) printf(__VA_ARGS__)

/* The first failure ends the program. */
#define cmocka_run_group_tests(tests, before, after) \
	small_run(tests, sizeof(tests) / sizeof(*(tests)))
static inline int small_run(const struct CMUnitTest *test, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		void *state = NULL;

		if (test[i].setup != NULL && test[i].setup(&state) != 0)
			fail_msg("setup of %s", test[i].name);
		test[i].test(&state);
		if (test[i].teardown != NULL && test[i].teardown(&state) != 0)
			fail_msg("teardown of %s", test[i].name);
		printf("passed: %s\n", test[i].name);
	}
	return 0;
}

#endif /* CMOCKA_H */

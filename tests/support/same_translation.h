/* SPDX-License-Identifier: BSD-3-Clause */
/* Two answers to one request. */
#ifndef VTD_TESTS_SAME_TRANSLATION_H
#define VTD_TESTS_SAME_TRANSLATION_H

#include "check.h"

static inline void check_same_translation(const struct vtd_translation *a,
					  const struct vtd_translation *b)
{
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->address, b->address);
	assert_int_equal(a->size_shift, b->size_shift);
	assert_int_equal(a->read, b->read);
	assert_int_equal(a->write, b->write);
	assert_int_equal(a->untranslated_only, b->untranslated_only);
	assert_int_equal(a->privileged, b->privileged);
	assert_int_equal(a->snoop, b->snoop);
	assert_int_equal(a->condition, b->condition);
	assert_memory_equal(&a->place, &b->place, sizeof(a->place));
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(a->reserved[i], b->reserved[i]);
}

#endif /* VTD_TESTS_SAME_TRANSLATION_H */

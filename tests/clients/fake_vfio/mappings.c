/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "mappings.h"

static bool well_formed(const struct mapping *m)
{
	return m->size != 0 && ((m->iova | m->size) & 4095) == 0 &&
	       m->iova + m->size - 1 >= m->iova;
}

static bool overlap(const struct mapping *a, const struct mapping *b)
{
	return a->iova <= b->iova + b->size - 1 &&
	       b->iova <= a->iova + a->size - 1;
}

static bool inside(const struct mapping *part, const struct mapping *whole)
{
	return part->iova >= whole->iova &&
	       part->iova + part->size - 1 <= whole->iova + whole->size - 1;
}

int mappings_add(struct mappings *mappings, const struct mapping *mapping)
{
	if (!well_formed(mapping))
		return EINVAL;
	for (size_t i = 0; i < mappings->count; i++)
		if (overlap(&mappings->array[i], mapping))
			return EEXIST;
	if (mappings->count == mappings->room) {
		mappings->room = mappings->room * 2 + 16;
		mappings->array = realloc(mappings->array,
					  mappings->room * sizeof(*mapping));
		if (!mappings->array)
			abort();
	}
	mappings->array[mappings->count++] = *mapping;
	return 0;
}

int mappings_remove(struct mappings *mappings, const struct mapping *range,
		    __u64 *size)
{
	size_t kept = 0;

	if (!well_formed(range))
		return EINVAL;
	for (size_t i = 0; i < mappings->count; i++)
		if (overlap(&mappings->array[i], range) &&
		    !inside(&mappings->array[i], range))
			return EINVAL;
	*size = 0;
	for (size_t i = 0; i < mappings->count; i++) {
		if (overlap(&mappings->array[i], range))
			*size += mappings->array[i].size;
		else
			mappings->array[kept++] = mappings->array[i];
	}
	mappings->count = kept;
	return 0;
}

void mappings_clear(struct mappings *mappings)
{
	free(mappings->array);
	*mappings = (struct mappings){ 0 };
}

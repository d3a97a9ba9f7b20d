/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in an address translation cache, for those who look. */
#include <vtd/dump.h>

#include "atc_array_private.h"
#include "endpoint_private.h"

/* With the lock held: nobody changes the array. */
static void describe(const struct vtd_atc_line *line, unsigned int way,
		     struct vtd_dump_translation *translation)
{
	uint64_t key = line->key[way];
	uint64_t low = line->low[way];
	uint16_t high = line->high[way];
	unsigned int rights = high >> TARGET_RIGHTS_BIT & VTD_ACCESS_ATOMIC;

	*translation = (struct vtd_dump_translation){
		.address = (uint64_t)((int64_t)(key & KEY_ADDRESS) >>
				      KEY_ADDRESS_SHIFT),
		.target = (uint64_t)(high & TARGET_ADDRESS)
				  << TARGET_ADDRESS_BIT |
			  low << 12,
		.size_shift = (uint8_t)shift_of(key),
		.pasid_present = (key & KEY_PASID_PRESENT) != 0,
		.privileged = (key >> KEY_PRIVILEGED_BIT & 1) != 0,
		.pasid = pasid_of(key, high),
		.read = (rights & VTD_ACCESS_READ) != 0,
		.write = (rights & VTD_ACCESS_WRITE) != 0,
		.snoop = (line->version >> way & 1) != 0,
	};
}

size_t vtd_atc_dump(struct vtd_atc *atc, uint32_t *cursor,
		    struct vtd_dump_translation *list, size_t room)
{
	const struct vtd_atc_array *array = &atc->array;
	unsigned int sets = array->entry_count / array->ways;
	uint32_t places = sets * array->set_lines * VTD_ATC_LINE;
	size_t count = 0;

	pthread_mutex_lock(&atc->lock);
	for (unsigned int i = 0;
	     i < VTD_DUMP_STEPS && count < room && *cursor < places; i++) {
		const struct vtd_atc_line *line =
			&array->lines[*cursor / VTD_ATC_LINE];
		unsigned int way = *cursor % VTD_ATC_LINE;

		if (is_live(array, line, way))
			describe(line, way, &list[count++]);
		++*cursor;
	}
	pthread_mutex_unlock(&atc->lock);
	if (*cursor >= places)
		*cursor = VTD_DUMP_END;
	return count;
}

size_t vtd_endpoint_dump_atc(struct vtd_endpoint *ep, uint32_t *cursor,
			     struct vtd_dump_translation *list, size_t room)
{
	return vtd_atc_dump(ep->atc, cursor, list, room);
}

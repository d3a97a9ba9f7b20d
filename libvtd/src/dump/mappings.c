/* SPDX-License-Identifier: BSD-3-Clause */
/* What a requester is mapped to. */
#include <vtd/dump.h>

#include <vtd/spec/tables.h>

#include "translate/translate.h"

/* What look-ups say about the block around an address. */
struct block {
	uint64_t last; /* it ends here */
	uint64_t address;
	unsigned int size_shift;
	bool read;
	bool write;
};

static bool ask(struct vtd_unit *unit, const struct vtd_dump_mappings *at,
		enum vtd_access access, struct vtd_translation *result)
{
	const struct vtd_request request = {
		.sid = at->sid,
		.access = access,
		.address = at->address,
		.length = 1,
		.pasid_present = at->pasid_present,
		.pasid = at->pasid,
		.privileged = at->privileged,
	};

	vtd_look(unit, &request, VTD_LOOK_ASIDE, NULL, result);
	return result->status == VTD_STATUS_SUCCESS;
}

static uint64_t end_of(uint64_t address, unsigned int shift)
{
	if (shift < VTD_PAGE_SHIFT)
		shift = VTD_PAGE_SHIFT;
	return shift > 63 ? UINT64_MAX : address | (UINT64_MAX >> (64 - shift));
}

/* A page that can only be written is told by the second question. */
static bool look(struct vtd_unit *unit, const struct vtd_dump_mappings *at,
		 struct block *block)
{
	struct vtd_translation result;
	bool mapped = ask(unit, at, VTD_ACCESS_READ, &result);

	if (!mapped)
		mapped = ask(unit, at, VTD_ACCESS_WRITE, &result);
	*block = (struct block){
		.last = end_of(at->address, result.size_shift),
		.address = result.address,
		.size_shift = result.size_shift,
		.read = result.read,
		.write = result.write,
	};
	/* Beyond the width of the tables there is nothing any more. */
	if (!mapped &&
	    (result.condition == VTD_LGN_1_1 || result.condition == VTD_SGN_5))
		block->last = at->last;
	if (block->last > at->last)
		block->last = at->last;
	return mapped;
}

static bool goes_on(const struct vtd_dump_mapping *m, uint64_t address,
		    const struct block *block)
{
	return m->last + 1 == address && m->read == block->read &&
	       m->write == block->write &&
	       m->address + (address - m->first) == block->address;
}

static void begin(struct vtd_dump_mapping *m, uint64_t address,
		  const struct block *block)
{
	*m = (struct vtd_dump_mapping){
		.first = address,
		.address = block->address,
		.read = block->read,
		.write = block->write,
	};
}

static void extend(struct vtd_dump_mapping *m, const struct block *block)
{
	m->last = block->last;
	if (block->size_shift > m->size_shift)
		m->size_shift = (uint8_t)block->size_shift;
}

size_t vtd_unit_dump_mappings(struct vtd_unit *unit,
			      struct vtd_dump_mappings *cursor,
			      struct vtd_dump_mapping *list, size_t room)
{
	size_t count = 0;

	if (cursor->address > cursor->last)
		cursor->done = true;
	for (unsigned int step = 0; step < VTD_DUMP_STEPS && !cursor->done;
	     step++) {
		struct block block;

		if (look(unit, cursor, &block)) {
			bool same = count > 0 &&
				    goes_on(&list[count - 1], cursor->address,
					    &block);

			if (!same && count == room)
				return count;
			if (!same)
				begin(&list[count++], cursor->address, &block);
			extend(&list[count - 1], &block);
		}
		cursor->done = block.last >= cursor->last;
		cursor->address = block.last + 1;
	}
	return count;
}

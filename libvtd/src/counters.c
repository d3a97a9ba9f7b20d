/* SPDX-License-Identifier: BSD-3-Clause */
/* What a unit counts, each thread in its shard, and what the lock's holders do. */
#include <string.h>

#include "thread_shard.h"
#include "unit.h"

void vtd_unit_count(struct vtd_unit *unit, enum vtd_counter counter)
{
	unsigned int shard = vtd_thread_shard(VTD_COUNTER_SHARDS);

	atomic_fetch_add_explicit(&unit->counters[shard].count[counter], 1,
				  memory_order_relaxed);
}

void vtd_unit_count_locked(struct vtd_unit *unit, enum vtd_counter counter,
			   unsigned int number)
{
	_Atomic uint64_t *count =
		&unit->counters[VTD_COUNTER_LOCKED].count[counter];

	atomic_store_explicit(
		count,
		atomic_load_explicit(count, memory_order_relaxed) + number,
		memory_order_relaxed);
}

void vtd_unit_counters(struct vtd_unit *unit, struct vtd_counters *counters,
		       size_t size)
{
	uint64_t sum[VTD_COUNTS] = { 0 };

	_Static_assert(sizeof(sum) == sizeof(struct vtd_counters),
		       "enum vtd_counter names the members in order");
	for (unsigned int i = 0; i <= VTD_COUNTER_LOCKED; i++)
		for (unsigned int c = 0; c < VTD_COUNTS; c++)
			sum[c] += atomic_load_explicit(
				&unit->counters[i].count[c],
				memory_order_relaxed);
	if (unit->iotlb != NULL)
		sum[VTD_COUNT_IOTLB_DROPPED] = vtd_iotlb_dropped(unit->iotlb);
	memset(counters, 0, size);
	memcpy(counters, sum, size < sizeof(sum) ? size : sizeof(sum));
}

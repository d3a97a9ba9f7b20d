/* SPDX-License-Identifier: BSD-3-Clause */
#include "thread_shard.h"

#include <stdatomic.h>
#include <stdint.h>

_Thread_local unsigned int vtd_thread_number;

/* So many that it never wraps. */
static _Atomic uint64_t drawn;

unsigned int vtd_thread_number_draw(void)
{
	vtd_thread_number =
		1 + (unsigned int)(atomic_fetch_add(&drawn, 1) & 0xff);
	return vtd_thread_number;
}

unsigned int vtd_thread_shards_used(unsigned int shards)
{
	uint64_t used = atomic_load(&drawn);

	return used < shards ? (unsigned int)used : shards;
}

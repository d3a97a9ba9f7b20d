/* SPDX-License-Identifier: BSD-3-Clause */
#include "thread_shard.h"

#include <stdatomic.h>

unsigned int vtd_thread_shard(unsigned int shards)
{
	static _Atomic unsigned int next;
	static _Thread_local unsigned int number;

	/* 0: not drawn yet.  Numbers repeat after wrapping; that is harmless. */
	if (number == 0)
		number = 1 + (atomic_fetch_add_explicit(&next, 1,
							memory_order_relaxed) &
			      0xff);
	return (number - 1) & (shards - 1);
}

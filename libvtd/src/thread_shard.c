/* SPDX-License-Identifier: BSD-3-Clause */
#include "thread_shard.h"

#include <stdatomic.h>

_Thread_local unsigned int vtd_thread_number;

unsigned int vtd_thread_number_draw(void)
{
	static _Atomic unsigned int next;

	vtd_thread_number =
		1 + (atomic_fetch_add_explicit(&next, 1, memory_order_relaxed) &
		     0xff);
	return vtd_thread_number;
}

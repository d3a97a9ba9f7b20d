/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which shard of something sharded a thread uses: threads are spread round robin
 * over the shards, once, when they first ask.
 */
#ifndef VTD_SRC_THREAD_SHARD_H
#define VTD_SRC_THREAD_SHARD_H

/* 1..256; 0: not drawn yet.  Read without a call, unlike by default in shared
 * libraries. */
extern _Thread_local unsigned int vtd_thread_number
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Draw it.  Numbers repeat after wrapping; that is harmless. */
unsigned int vtd_thread_number_draw(void);

/* How many of so many shards (a power of two, at most 256) threads have drawn by
 * now: those from there on have not been used.  Sequentially consistent. */
unsigned int vtd_thread_shards_used(unsigned int shards);

/* 0..shards-1; `shards` is a power of two, at most 256. */
static inline unsigned int vtd_thread_shard(unsigned int shards)
{
	unsigned int number = vtd_thread_number;

	if (number == 0)
		number = vtd_thread_number_draw();
	return (number - 1) & (shards - 1);
}

#endif /* VTD_SRC_THREAD_SHARD_H */

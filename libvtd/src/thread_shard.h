/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which shard of a sharded counter a thread uses: threads are spread round
 * robin over the shards, once, when they first ask.
 */
#ifndef VTD_SRC_THREAD_SHARD_H
#define VTD_SRC_THREAD_SHARD_H

/* 0..shards-1; `shards` is a power of two, at most 256. */
unsigned int vtd_thread_shard(unsigned int shards);

#endif /* VTD_SRC_THREAD_SHARD_H */

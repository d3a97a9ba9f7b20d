/* SPDX-License-Identifier: BSD-3-Clause */
/* The kit's host (vtd/kit/host.h) as tests have it: 64 MiB of RAM, and no errors
 * but those that a test makes. */
#ifndef VTD_TESTS_FAKE_HOST_H
#define VTD_TESTS_FAKE_HOST_H

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <vtd/kit/host.h>

#define fake_host vtd_kit_host
#define fake_range vtd_kit_range
#define fake_message vtd_kit_message

#define FAKE_HOST_RAM_SIZE (UINT64_C(64) << 20)
#define FAKE_HOST_LIST_MAX VTD_KIT_LIST_MAX
#define FAKE_RANGE_NONE ((struct fake_range){ 1, 0 })

#define fake_host_ops (*vtd_kit_host_ops())
#define fake_host_destroy vtd_kit_host_destroy
#define fake_host_forget vtd_kit_host_forget
#define fake_host_publish vtd_kit_host_publish
#define fake_host_watch_reads vtd_kit_host_watch_reads
#define fake_host_complete_at_once vtd_kit_complete_at_once
#define fake_host_no_endpoint vtd_kit_no_endpoint

/* `published` is true at first if VTD_PUBLISHED is in the environment. */
static inline void fake_host_init(struct fake_host *host)
{
	int error = vtd_kit_host_init(host, FAKE_HOST_RAM_SIZE);

	assert(error == 0);
	(void)error;
	host->published = getenv("VTD_PUBLISHED") != NULL;
}

/* The only hole from now on; size 0: none. */
static inline void fake_host_set_hole(struct fake_host *host, uint64_t address,
				      uint64_t size)
{
	vtd_kit_host_fill_holes(host);
	if (size != 0)
		vtd_kit_host_add_hole(host, address, size);
}

/* RAM as the guest's processors see it. */
static inline uint64_t fake_host_get_64(struct fake_host *host,
					uint64_t address)
{
	assert(address % 8 == 0 && address < FAKE_HOST_RAM_SIZE);
	return vtd_kit_host_get_64(host, address);
}

static inline void fake_host_set_64(struct fake_host *host, uint64_t address,
				    uint64_t value)
{
	assert(address % 8 == 0 && address < FAKE_HOST_RAM_SIZE);
	vtd_kit_host_set_64(host, address, value);
}

static inline uint32_t fake_host_get_32(struct fake_host *host,
					uint64_t address)
{
	assert(address % 4 == 0 && address < FAKE_HOST_RAM_SIZE);
	return vtd_kit_host_get_32(host, address);
}

static inline void fake_host_set_32(struct fake_host *host, uint64_t address,
				    uint32_t value)
{
	assert(address % 4 == 0 && address < FAKE_HOST_RAM_SIZE);
	vtd_kit_host_set_32(host, address, value);
}

#endif /* VTD_TESTS_FAKE_HOST_H */

/* SPDX-License-Identifier: BSD-3-Clause */
/* A process whose translations are kept, and compared with memory or not
 * (vtd_config.check). */
#ifndef VTD_TESTS_KEPT_PROCESS_H
#define VTD_TESTS_KEPT_PROCESS_H

#include "iotlb_flush.h"

#define OTHER_PAGE UINT64_C(0x6000000)

static inline struct process keep_process(struct fixture *f)
{
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = run_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	assert_int_equal(access_at(f, ADDRESS, VTD_ACCESS_READ).address, PAGE);
	return process;
}

static inline struct process check_process(struct fixture *f,
					   unsigned int waits)
{
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.check = true;
	f->config.check_waits = waits;
	process = run_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	return process;
}

static inline void remap(struct fixture *f, const struct process *process)
{
	fake_host_set_64(&f->host, process->leaf,
			 OTHER_PAGE | FS_USER_RW | VTD_FS_A | VTD_FS_D);
}

/* What was reported of an access, and of nothing before it. */
static inline const struct vtd_stale_use *
use_after(struct fixture *f, uint64_t address, enum vtd_access access)
{
	fake_host_forget(&f->host);
	access_at(f, address, access);
	return f->host.stale_uses == 0 ? NULL : &f->host.stale_use;
}

#endif /* VTD_TESTS_KEPT_PROCESS_H */

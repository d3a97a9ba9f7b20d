/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What software should not do and hardware lets pass: found here and there, told
 * of when no lock is held.  All is done with vtd_config.check only; unit->lint is
 * NULL otherwise.  Some functions do nothing then; who calls the others looks at that
 * (vtd_unit_lints()).
 */
#ifndef VTD_SRC_LINT_H
#define VTD_SRC_LINT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <vtd/check.h>

struct vtd_unit;

/* A group of page requests that software has not answered. */
struct vtd_lint_group {
	bool open;
	bool pasid_present;
	uint16_t sid;
	uint16_t prgi;
	uint16_t did;
	uint32_t pasid;	   /* the request's */
	uint32_t of_pasid; /* or RID_PASID */
};

/* A device-TLB invalidation since the last wait. */
struct vtd_lint_device_tlb {
	uint16_t sid;
	uint16_t did;
	uint32_t pasid;
	uint64_t first;
	uint64_t last;
	bool early; /* an IOTLB invalidation of the same came after it */
};

/* An interrupt remapping entry as it was when it was used first. */
struct vtd_lint_irte {
	bool used;
	uint32_t index;
	uint64_t word[2];
	bool noticed; /* it is another now */
	uint64_t waits;
};

#define VTD_LINT_GROUPS 64
#define VTD_LINT_DEVICE_TLBS 16
#ifndef VTD_LINT_IRTES
#define VTD_LINT_IRTES 1024 /* few in the fuzz targets, to collide */
#endif

struct vtd_lint_state {
	pthread_mutex_t lock;
	_Atomic uint32_t pending; /* set of enum vtd_lint */
	uint64_t count[VTD_LINTS];
	struct vtd_lint_report report[VTD_LINTS];
	struct vtd_lint_irte irte[VTD_LINT_IRTES]; /* by index, modulo that */

	/* Under the unit's lock: */
	unsigned int unflushed; /* set of 1 << enum vtd_invalidation_kind */
	unsigned int unflushed_waits;
	unsigned int next_group;
	struct vtd_lint_group group[VTD_LINT_GROUPS];
	unsigned int device_tlbs;
	struct vtd_lint_device_tlb device_tlb[VTD_LINT_DEVICE_TLBS];
};

/* These do nothing without vtd_config.check.  False: no memory. */
bool vtd_lint_init(struct vtd_unit *unit);
void vtd_lint_free(struct vtd_unit *unit);
/* Forget what software did before a reset. */
void vtd_lint_reset(struct vtd_unit *unit);

/* Found; `of` says where, its count is ignored.  With any lock held. */
void vtd_lint_raise(struct vtd_unit *unit, const struct vtd_lint_report *of);
/* Tell the host of what was found, in a unit that lints.  With no lock held. */
void vtd_lint_deliver(struct vtd_unit *unit);

#endif /* VTD_SRC_LINT_H */

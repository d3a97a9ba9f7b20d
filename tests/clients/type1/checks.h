/* SPDX-License-Identifier: BSD-3-Clause */
/* What is checked, and what every check uses. */
#ifndef CLIENT_CHECKS_H
#define CLIENT_CHECKS_H

#include "vfio.h"

/* How the kernel makes the tables of a function: what a fault's reason is. */
struct mode {
	const char *name;
	unsigned int no_read;	 /* nothing is mapped: reason for a read */
	unsigned int no_write;	 /* and for a write */
	unsigned int read_only;	 /* a write where only reads are allowed */
	unsigned int write_only; /* a read likewise; 0: cannot be forbidden */
};

/* Each check has this much of the I/O address space for itself. */
enum { ROOM = 16 * 1024 * 1024 };

struct check {
	const char *name;
	/* Faults in its room are part of it. */
	bool faults;
	void (*run)(const struct vfio *vfio, uint64_t iova,
		    const struct mode *mode);
};

/* Both end with an entry without a name. */
extern const struct check edu_checks[];
extern const struct check nvme_checks[];

/*
 * Lets act() touch iova until the kernel's log tells of a fault there, for the
 * kernel does not print all, and compares it with what is expected.
 */
void expect_fault(const struct vfio *vfio, uint64_t iova, bool write,
		  unsigned int reason,
		  void (*act)(const struct vfio *vfio, uint64_t iova));

void fill(void *memory, size_t size, unsigned int seed);
/* Ends the check when memory does not hold what fill() with seed leaves. */
void expect_filled(const void *memory, size_t size, unsigned int seed,
		   const char *what);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers of units, as far as somebody wrote them down. */
#ifndef VTD_TOOL_REGSET_H
#define VTD_TOOL_REGSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vtd/registers.h>

/* Of one unit: all that the library knows, and eight fault records. */
#define REGSET_VALUES 64
#define REGSETS_MAX 64

struct reg_value {
	const struct vtd_register_info *info;
	/* Which fault record; 0 for other registers. */
	unsigned int record;
	uint64_t value;
};

struct regset {
	char unit[16]; /* "dmar0"; "" if it was not said */
	bool has_base;
	uint64_t base; /* of its registers */
	unsigned int count;
	struct reg_value reg[REGSET_VALUES];
};

struct regsets {
	unsigned int count;
	struct regset set[REGSETS_MAX];
	/* "Host address width"; 0: not said. */
	unsigned int host_address_width;
	/* Registers that the library does not know, and what did not fit. */
	unsigned int unknown;
	unsigned int dropped;
};

/*
 * Add what a text says: iommu_regset of Linux's debugfs; the lines of a dmesg
 * that name units (Linux) or CAP and ECAP (Xen); NAME=VALUE, one a line.
 */
void regsets_take_text(struct regsets *sets, const char *text, size_t size);

/* One register of the last unit; of the fault records: "FRCD3.low", the first
 * one also without its number.  False: there is no register of that name. */
bool regsets_add(struct regsets *sets, const char *name, uint64_t value);

/* Add what a saved state of a unit has: nothing, if it is none. */
void regsets_take_state(struct regsets *sets, const void *blob, size_t size);
/* Whether these bytes mean to be a saved state. */
bool is_state(const void *blob, size_t size);

/* The last value of a register.  False: it was not said. */
bool regset_get(const struct regset *set, const char *name, uint64_t *value);

#endif /* VTD_TOOL_REGSET_H */

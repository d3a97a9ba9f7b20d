/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupt remapping entries that change without an invalidation. */
#ifndef VTD_SRC_INTERRUPT_ENTRY_LINT_H
#define VTD_SRC_INTERRUPT_ENTRY_LINT_H

#include <stdint.h>

struct vtd_unit;

/* Of units that lint (vtd_unit_lints()). */

/* An entry that is present is used. */
void vtd_lint_entry_used(struct vtd_unit *unit, uint32_t index,
			 const uint64_t irte[2]);

/* Entries first..last were invalidated. */
void vtd_lint_entries_invalidated(struct vtd_unit *unit, uint32_t first,
				  uint32_t last);

#endif /* VTD_SRC_INTERRUPT_ENTRY_LINT_H */

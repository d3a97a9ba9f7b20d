/* SPDX-License-Identifier: BSD-3-Clause */
/* What software should not write to registers.  All with the lock held, and in a
 * unit that lints (lint.h). */
#ifndef VTD_SRC_REGISTER_LINT_H
#define VTD_SRC_REGISTER_LINT_H

#include <stdint.h>

struct vtd_unit;

/* Before a write of software takes effect. */
void vtd_lint_write(struct vtd_unit *unit, uint64_t offset, uint64_t value);

/* Before a global command is carried out. */
void vtd_lint_command(struct vtd_unit *unit, uint32_t command);

#endif /* VTD_SRC_REGISTER_LINT_H */

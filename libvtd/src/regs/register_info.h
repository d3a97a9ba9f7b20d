/* SPDX-License-Identifier: BSD-3-Clause */
/* The table behind vtd/registers.h. */
#ifndef VTD_SRC_REGS_REGISTER_INFO_H
#define VTD_SRC_REGS_REGISTER_INFO_H

#include <vtd/registers.h>

extern const struct vtd_register_info vtd_register_infos[];
extern const size_t vtd_register_infos_count;

#endif /* VTD_SRC_REGS_REGISTER_INFO_H */

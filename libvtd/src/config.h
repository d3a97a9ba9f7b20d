/* SPDX-License-Identifier: BSD-3-Clause */
/* The capability registers that a configuration stands for. */
#ifndef VTD_SRC_CONFIG_H
#define VTD_SRC_CONFIG_H

#include <vtd/vtd.h>

uint32_t vtd_config_version(const struct vtd_config *config);
uint64_t vtd_config_cap(const struct vtd_config *config);
uint64_t vtd_config_ecap(const struct vtd_config *config);

#endif /* VTD_SRC_CONFIG_H */

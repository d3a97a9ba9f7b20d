/* SPDX-License-Identifier: BSD-3-Clause */
/* A configuration, and the capability registers that it stands for. */
#ifndef VTD_SRC_CONFIG_H
#define VTD_SRC_CONFIG_H

#include <vtd/vtd.h>

/* Take over a program's configuration, of whatever size; what it does not know
 * gets the defaults.  Returns what vtd_config_check() does. */
const char *vtd_config_take(struct vtd_config *config,
			    const struct vtd_config *program);

uint32_t vtd_config_version(const struct vtd_config *config);
uint64_t vtd_config_cap(const struct vtd_config *config);
uint64_t vtd_config_ecap(const struct vtd_config *config);

#endif /* VTD_SRC_CONFIG_H */

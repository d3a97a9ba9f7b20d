/* SPDX-License-Identifier: BSD-3-Clause */
/* The callbacks that a unit is made with. */
#ifndef VTD_SRC_HOST_OPS_H
#define VTD_SRC_HOST_OPS_H

#include <vtd/vtd.h>

/* Take over a program's callbacks, of whatever size; what it does not know is
 * NULL.  Returns NULL, or in words which one `config` needs and is missing. */
const char *vtd_host_ops_take(struct vtd_host_ops *ops,
			      const struct vtd_config *config,
			      const struct vtd_host_ops *program);

#endif /* VTD_SRC_HOST_OPS_H */

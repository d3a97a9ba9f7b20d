/* SPDX-License-Identifier: BSD-3-Clause */
#include "regs/register_info.h"

#include <strings.h>

const struct vtd_register_info *vtd_register_info(size_t index)
{
	return index < vtd_register_infos_count ? &vtd_register_infos[index] :
						  NULL;
}

const struct vtd_register_info *vtd_register_by_name(const char *name)
{
	for (size_t i = 0; i < vtd_register_infos_count; i++)
		if (strcasecmp(vtd_register_infos[i].name, name) == 0)
			return &vtd_register_infos[i];
	return NULL;
}

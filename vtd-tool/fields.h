/* SPDX-License-Identifier: BSD-3-Clause */
/* Registers and their fields as text and as JSON. */
#ifndef VTD_TOOL_FIELDS_H
#define VTD_TOOL_FIELDS_H

#include "regset.h"

struct fields_style {
	bool json;
	bool all; /* fields that are 0, too */
};

/* The registers of a unit. */
void fields_show(const struct regset *set, const struct fields_style *style);

/* What libvtd cannot model of a unit, if its CAP and ECAP are known. */
void fields_show_differences(const struct regset *set,
			     const struct fields_style *style);

#endif /* VTD_TOOL_FIELDS_H */

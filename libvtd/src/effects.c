/* SPDX-License-Identifier: BSD-3-Clause */
#include "effects.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct vtd_effect *vtd_effects_add(struct vtd_effects *effects,
				   enum vtd_effect_kind kind)
{
	struct vtd_effect *effect;

	/* Paths ask for room first; no guest byte can get here without. */
	assert(effects->count < VTD_EFFECTS_MAX);
	effect = &effects->list[effects->count++];
	effect->kind = kind;
	return effect;
}

void vtd_effects_trace(struct vtd_effects *effects, const char *format, ...)
{
	struct vtd_effect *effect;
	va_list arguments;

	if (!vtd_effects_room(effects, 1))
		return;
	effect = vtd_effects_add(effects, VTD_EFFECT_TRACE);
	va_start(arguments, format);
	vsnprintf(effect->u.line, sizeof(effect->u.line), format, arguments);
	va_end(arguments);
}

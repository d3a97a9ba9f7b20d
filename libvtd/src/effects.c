/* SPDX-License-Identifier: BSD-3-Clause */
#include "effects.h"

#include <assert.h>

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

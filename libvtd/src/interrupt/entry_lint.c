/* SPDX-License-Identifier: BSD-3-Clause */
#include "interrupt/entry_lint.h"

#include "lint.h"
#include "unit.h"

/* Whether it has been another for as many waits as an invalidation may take. */
static bool is_late(struct vtd_unit *unit, struct vtd_lint_irte *known,
		    const uint64_t irte[2])
{
	uint64_t waits = vtd_iotlb_waits(unit->iotlb);

	if (known->word[0] == irte[0] && known->word[1] == irte[1]) {
		known->noticed = false;
		return false;
	}
	if (!known->noticed)
		known->waits = waits;
	known->noticed = true;
	return waits - known->waits >= unit->config.check_waits;
}

void vtd_lint_entry_used(struct vtd_unit *unit, uint32_t index,
			 const uint64_t irte[2])
{
	const struct vtd_lint_report report = {
		.lint = VTD_LINT_INTERRUPT_ENTRY,
		.address = index,
		.value = irte[0],
	};
	struct vtd_lint_irte *known;
	bool late = false;

	known = &unit->lint->irte[index % VTD_LINT_IRTES];
	pthread_mutex_lock(&unit->lint->lock);
	if (known->used && known->index == index)
		late = is_late(unit, known, irte);
	if (!known->used || known->index != index || late)
		*known = (struct vtd_lint_irte){
			.used = true,
			.index = index,
			.word = { irte[0], irte[1] },
		};
	pthread_mutex_unlock(&unit->lint->lock);
	if (late)
		vtd_lint_raise(unit, &report);
}

void vtd_lint_entries_invalidated(struct vtd_unit *unit, uint32_t first,
				  uint32_t last)
{
	struct vtd_lint_state *lint = unit->lint;

	pthread_mutex_lock(&lint->lock);
	for (unsigned int i = 0; i < VTD_LINT_IRTES; i++)
		if (lint->irte[i].index >= first && lint->irte[i].index <= last)
			lint->irte[i].used = false;
	pthread_mutex_unlock(&lint->lock);
}

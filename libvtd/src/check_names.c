/* SPDX-License-Identifier: BSD-3-Clause */
/* Words for what is reported. */
#include <stddef.h>

#include <vtd/check.h>

static const char *at(const char *const *texts, size_t count,
		      unsigned int index)
{
	return index < count ? texts[index] : "unknown";
}

#define AT(texts, index) \
	at(texts, sizeof(texts) / sizeof(*(texts)), (unsigned int)(index))

const char *vtd_cache_name(enum vtd_cache cache)
{
	static const char *const names[] = {
		[VTD_CACHE_CONTEXT] = "context cache",
		[VTD_CACHE_PASID] = "PASID cache",
		[VTD_CACHE_FIRST_STAGE_TABLE] =
			"first-stage paging-structure cache",
		[VTD_CACHE_SECOND_STAGE_TABLE] =
			"second-stage paging-structure cache",
		[VTD_CACHE_IOTLB] = "IOTLB",
		[VTD_CACHE_DEVICE_TLB] = "device-TLB",
	};

	return AT(names, cache);
}

struct lint_row {
	const char *name;
	const char *text;
	const char *section;
};

static const struct lint_row *row_of(enum vtd_lint lint)
{
	static const struct lint_row unknown = { "unknown", "unknown", "?" };
	static const struct lint_row rows[] = {
		[VTD_LINT_TWO_COMMANDS] = {
			"two commands",
			"a write of GCMD changes more than one bit",
			"11.4.4.1",
		},
		[VTD_LINT_ROOT_NOT_FLUSHED] = {
			"root not flushed",
			"SRTP with TE=1 and without ESRTPS is not followed by "
			"global invalidations",
			"6.6, 11.4.4.1",
		},
		[VTD_LINT_EIME_WITHOUT_EIM] = {
			"EIME without EIM",
			"IRTA.EIME is set and ECAP.EIM is 0",
			"11.4.10",
		},
		[VTD_LINT_QUEUE_CHANGED] = {
			"queue changed",
			"a queue that is in use is moved or resized",
			"6.5.2, 7.5",
		},
		[VTD_LINT_IGNORED_FIELD] = {
			"ignored field",
			"a descriptor has a field set that means nothing in it",
			"6.5.2",
		},
		[VTD_LINT_PRESENT_TO_PRESENT] = {
			"present to present",
			"an entry that was in use leads elsewhere, and was not "
			"invalidated",
			"6.2, 6.5.2.3",
		},
		[VTD_LINT_AD_NOT_COHERENT] = {
			"A/D not coherent",
			"tables have accessed and dirty bits, and PWSNP is 0",
			"3.6.2, 3.7.2, 9.6",
		},
		[VTD_LINT_STATUS_NOT_RAM] = {
			"status not RAM",
			"the status address of a wait is not in RAM",
			"6.5.2.8",
		},
		[VTD_LINT_PASID_FREED] = {
			"PASID freed",
			"a PASID entry went while page requests of it are "
			"outstanding",
			"7.10",
		},
		[VTD_LINT_DEVICE_TLB_FIRST] = {
			"device-TLB first",
			"a device-TLB was invalidated before the IOTLB, from "
			"which it may be filled again",
			"6.5.2.5",
		},
		[VTD_LINT_INTERRUPT_ENTRY] = {
			"interrupt entry",
			"an interrupt remapping entry was changed, and not "
			"invalidated",
			"6.5.2.7",
		},
	};
	_Static_assert(sizeof(rows) / sizeof(*rows) == VTD_LINTS, "a row each");

	return (unsigned int)lint < VTD_LINTS ? &rows[lint] : &unknown;
}

const char *vtd_lint_name(enum vtd_lint lint)
{
	return row_of(lint)->name;
}

const char *vtd_lint_text(enum vtd_lint lint)
{
	return row_of(lint)->text;
}

const char *vtd_lint_section(enum vtd_lint lint)
{
	return row_of(lint)->section;
}

const char *vtd_invalidation_name(enum vtd_invalidation_kind kind)
{
	static const char *const names[] = {
		[VTD_INVALIDATION_ALL] = "invalidation of everything",
		[VTD_INVALIDATION_CONTEXT] = "context-cache invalidation",
		[VTD_INVALIDATION_PASID] = "PASID-cache invalidation",
		[VTD_INVALIDATION_IOTLB] = "IOTLB invalidation",
		[VTD_INVALIDATION_PASID_IOTLB] =
			"PASID-based IOTLB invalidation",
		[VTD_INVALIDATION_DEVICE_TLB] = "device-TLB invalidation",
	};

	return AT(names, kind);
}

const char *vtd_spared_text(enum vtd_spared spared)
{
	static const char *const texts[] = {
		[VTD_SPARED_NOT] = "it is covered",
		[VTD_SPARED_OTHER_CACHE] = "it is for another cache",
		[VTD_SPARED_OTHER_DEVICE] = "another source-id",
		[VTD_SPARED_OTHER_DOMAIN] = "another domain-id",
		[VTD_SPARED_OTHER_PASID] = "another PASID",
		[VTD_SPARED_OTHER_RANGE] = "another address range",
		[VTD_SPARED_OTHER_STAGE] =
			"a page in a PASID is of the first stage only",
		[VTD_SPARED_LEAF_ONLY] =
			"IH=1 leaves entries that lead to tables",
	};

	return AT(texts, spared);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages, requests and results as the values of a record, in the order of
 * docs/recording.md.  What depends on the process is not among them: brackets and
 * tickets are known by their phase (dma_drain.h), and errors by what they mean.
 */
#ifndef VTD_SRC_RECORD_VALUES_H
#define VTD_SRC_RECORD_VALUES_H

#include <errno.h>

#include "record/recorder.h"

struct vtd_values {
	unsigned int count;
	uint64_t value[24];
};

static inline uint64_t vtd_record_bit(bool on, unsigned int bit)
{
	return on ? UINT64_C(1) << bit : 0;
}

/* Brackets of one phase are the same to a unit. */
static inline uint64_t vtd_record_phase(uint64_t index)
{
	return index & 1;
}

/* What device_tlb_invalidate() answered. */
static inline uint64_t vtd_record_sent(int answer)
{
	if (answer == -EBUSY)
		return 1;
	return answer < 0 ? 2 : 0;
}

/* What memory_compare_exchange() answered. */
static inline uint64_t vtd_record_swapped(int answer)
{
	if (answer < 0)
		return 2;
	return answer > 0 ? 1 : 0;
}

void vtd_values_of_invalidation(
	struct vtd_values *values,
	const struct vtd_device_tlb_invalidation *request);
void vtd_values_of_response(struct vtd_values *values,
			    const struct vtd_page_group_response *response);
void vtd_values_of_mappings(struct vtd_values *values,
			    const struct vtd_mappings_changed *change);
void vtd_values_of_interrupts(struct vtd_values *values,
			      const struct vtd_interrupts_changed *change);

void vtd_values_of_stale_use(struct vtd_values *values,
			     const struct vtd_stale_use *use);

void vtd_values_of_lint(struct vtd_values *values,
			const struct vtd_lint_report *report);

/* Records of calls with structures, and of their returns. */
void vtd_record_request(struct vtd_record_state *state,
			enum vtd_record_kind kind,
			const struct vtd_request *request);
void vtd_record_translation(struct vtd_record_state *state,
			    enum vtd_record_kind kind,
			    const struct vtd_translation *result);
void vtd_record_device_tlb_used(struct vtd_record_state *state,
				const struct vtd_request *request,
				const struct vtd_translation *used);
void vtd_record_requester_info(struct vtd_record_state *state,
			       const struct vtd_requester_info *info);
void vtd_record_page_request(struct vtd_record_state *state,
			     const struct vtd_page_request *request);
void vtd_record_interrupt_request(struct vtd_record_state *state,
				  enum vtd_record_kind kind,
				  const struct vtd_interrupt_request *request);
void vtd_record_interrupt(struct vtd_record_state *state,
			  enum vtd_record_kind kind,
			  const struct vtd_interrupt *result);

#endif /* VTD_SRC_RECORD_VALUES_H */

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host_ops.h"

#include <string.h>

#include "config.h"

static const char *first_missing(const struct vtd_host_ops *ops,
				 const struct vtd_config *config)
{
	if (ops->memory_read == NULL)
		return "memory_read is missing";
	if (ops->memory_write == NULL)
		return "memory_write is missing";
	if (ops->memory_compare_exchange == NULL)
		return "memory_compare_exchange is missing";
	if (ops->interrupt_message == NULL)
		return "interrupt_message is missing";
	if (config->device_tlb && ops->device_tlb_invalidate == NULL)
		return "device_tlb_invalidate is missing: device_tlb needs it";
	if (config->page_request && ops->page_group_response == NULL)
		return "page_group_response is missing: page_request needs it";
	if (ops->timer_set != NULL && ops->clock == NULL)
		return "clock is missing: timer_set needs it";
	return NULL;
}

const char *vtd_host_ops_take(struct vtd_host_ops *ops,
			      const struct vtd_config *config,
			      const struct vtd_host_ops *program)
{
	size_t size = program->size;

	memset(ops, 0, sizeof(*ops));
	if (size <= sizeof(size))
		return "size of the callbacks is not set";
	memcpy(ops, program, size < sizeof(*ops) ? size : sizeof(*ops));
	ops->size = sizeof(*ops);
	return first_missing(ops, config);
}

const char *vtd_unit_create_check(const struct vtd_config *config,
				  const struct vtd_host_ops *ops)
{
	struct vtd_config known;
	struct vtd_host_ops callbacks;
	const char *reason = vtd_config_take(&known, config);

	return reason != NULL ? reason :
				vtd_host_ops_take(&callbacks, &known, ops);
}

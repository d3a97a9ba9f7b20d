/* SPDX-License-Identifier: BSD-3-Clause */
/* Making endpoints. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint_private.h"
#include "list.h"
#include "sized.h"

#define PRI_CAPACITY_MAX 65536u
#define PAGE_REQUEST_LIMIT_MAX 10000u

static const struct vtd_endpoint_config defaults = {
	.size = sizeof(struct vtd_endpoint_config),
	.pasid_bits = VTD_PASID_BITS,
	.privileged_mode = true,
	.pri_capacity = 2048,
	.response_pasid_required = true,
	.page_request_limit = 100,
};

void vtd_endpoint_config_init_sized(struct vtd_endpoint_config *config,
				    size_t size)
{
	vtd_sized_init(config, size, &defaults, sizeof(defaults));
}

static const char *check_config(const struct vtd_endpoint_config *config)
{
	if (config->pasid_bits > VTD_PASID_BITS)
		return "pasid_bits must be 0..20";
	if (config->pri_capacity > PRI_CAPACITY_MAX)
		return "pri_capacity must be 0..65536";
	if (config->page_request_limit < 1 ||
	    config->page_request_limit > PAGE_REQUEST_LIMIT_MAX)
		return "page_request_limit must be 1..10000";
	return config->atc ? vtd_atc_config_check(config->atc) : NULL;
}

static const char *check_ops(const struct vtd_endpoint_ops *ops,
			     const struct vtd_endpoint_config *config)
{
	if (!ops->translation_request && !ops->translation_request_later)
		return "translation_request is missing";
	if (!ops->page_request && config->pri_capacity)
		return "page_request is missing: pri_capacity needs it";
	return NULL;
}

/* Take over what the program gave, with the defaults and no callback where it
 * has none.  Returns why it cannot be, or NULL. */
static const char *take(struct vtd_endpoint_config *known_config,
			struct vtd_endpoint_ops *known_ops,
			const struct vtd_endpoint_config *config,
			const struct vtd_endpoint_ops *ops)
{
	const char *reason;

	*known_config = defaults;
	*known_ops = (struct vtd_endpoint_ops){ .size = sizeof(*known_ops) };
	reason = vtd_sized_take(known_config, sizeof(*known_config), config);
	if (!reason)
		reason = check_config(known_config);
	if (reason)
		return reason;
	if (ops->size <= sizeof(ops->size))
		return "size of the callbacks is not set";
	memcpy(known_ops, ops,
	       ops->size < sizeof(*ops) ? ops->size : sizeof(*ops));
	return check_ops(known_ops, known_config);
}

const char *vtd_endpoint_create_check(const struct vtd_endpoint_config *config,
				      const struct vtd_endpoint_ops *ops)
{
	struct vtd_endpoint_config known_config;
	struct vtd_endpoint_ops known_ops;

	return take(&known_config, &known_ops, config, ops);
}

static void init_lists(struct vtd_endpoint *ep)
{
	vtd_list_init(&ep->bus_calls);
	vtd_list_init(&ep->queued);
	vtd_list_init(&ep->sent);
	vtd_list_init(&ep->pausing);
	vtd_list_init(&ep->asked);
	vtd_list_init(&ep->finished);
	vtd_list_init(&ep->blocked);
	for (unsigned int i = 0; i < VTD_PRG_INDICES; i++)
		ep->free_indices[i] = (uint16_t)i;
	ep->free_count = VTD_PRG_INDICES;
}

int vtd_endpoint_create(const struct vtd_endpoint_config *config,
			const struct vtd_endpoint_ops *ops, void *bus,
			struct vtd_endpoint **out)
{
	struct vtd_atc_config atc_config;
	struct vtd_endpoint *ep = calloc(1, sizeof(*ep));
	int error;

	if (!ep)
		return -ENOMEM;
	if (take(&ep->config, &ep->ops, config, ops)) {
		free(ep);
		return -EINVAL;
	}
	vtd_atc_config_init(&atc_config);
	error = vtd_atc_create(ep->config.atc ? ep->config.atc : &atc_config,
			       &ep->atc);
	if (error) {
		free(ep);
		return error;
	}
	ep->config.atc = NULL;
	ep->bus = bus;
	atomic_init(&ep->sid, ep->config.sid);
	pthread_mutex_init(&ep->lock, NULL);
	pthread_cond_init(&ep->bus_call_ended, NULL);
	init_lists(ep);
	*out = ep;
	return 0;
}

void vtd_endpoint_destroy(struct vtd_endpoint *ep)
{
	if (!ep)
		return;
	pthread_cond_destroy(&ep->bus_call_ended);
	pthread_mutex_destroy(&ep->lock);
	vtd_atc_destroy(ep->atc);
	free(ep);
}

void vtd_endpoint_counters(struct vtd_endpoint *ep,
			   struct vtd_endpoint_counters *counters, size_t size)
{
	struct vtd_endpoint_counters copy;

	pthread_mutex_lock(&ep->lock);
	copy = ep->counters;
	pthread_mutex_unlock(&ep->lock);
	copy.translation_requests = atomic_load(&ep->translation_requests);
	memset(counters, 0, size);
	memcpy(counters, &copy, size < sizeof(copy) ? size : sizeof(copy));
}

void vtd_endpoint_atc_counters(struct vtd_endpoint *ep,
			       struct vtd_atc_counters *counters, size_t size)
{
	vtd_atc_counters(ep->atc, counters, size);
}

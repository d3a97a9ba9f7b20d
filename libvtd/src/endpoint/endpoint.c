/* SPDX-License-Identifier: BSD-3-Clause */
/* Making endpoints. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "endpoint_private.h"
#include "list.h"

#define PRI_CAPACITY_MAX 65536u
#define PAGE_REQUEST_LIMIT_MAX 10000u

void vtd_endpoint_config_init(struct vtd_endpoint_config *config)
{
	*config = (struct vtd_endpoint_config){
		.size = sizeof(*config),
		.pasid_bits = VTD_PASID_BITS,
		.privileged_mode = true,
		.pri_capacity = 2048,
		.response_pasid_required = true,
		.page_request_limit = 100,
	};
}

static bool config_valid(const struct vtd_endpoint_config *config,
			 const struct vtd_endpoint_ops *ops)
{
	return config->size >= sizeof(*config) && ops->size >= sizeof(*ops) &&
	       config->pasid_bits <= VTD_PASID_BITS &&
	       config->pri_capacity <= PRI_CAPACITY_MAX &&
	       config->page_request_limit >= 1 &&
	       config->page_request_limit <= PAGE_REQUEST_LIMIT_MAX &&
	       ops->translation_request &&
	       (ops->page_request || !config->pri_capacity);
}

/* Pauses between retries are measured in monotonic time. */
static void init_changed(pthread_cond_t *changed)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void init_pri(struct vtd_endpoint *ep)
{
	vtd_list_init(&ep->queued);
	vtd_list_init(&ep->sent);
	vtd_list_init(&ep->finished);
	for (unsigned int i = 0; i < VTD_PRG_INDICES; i++)
		ep->free_indices[i] = (uint16_t)i;
	ep->free_count = VTD_PRG_INDICES;
}

int vtd_endpoint_create(const struct vtd_endpoint_config *config,
			const struct vtd_endpoint_ops *ops, void *bus,
			struct vtd_endpoint **out)
{
	struct vtd_atc_config atc_config;
	struct vtd_endpoint *ep;
	int error;

	if (!config_valid(config, ops))
		return -EINVAL;
	ep = calloc(1, sizeof(*ep));
	if (!ep)
		return -ENOMEM;
	vtd_atc_config_init(&atc_config);
	error = vtd_atc_create(config->atc ? config->atc : &atc_config,
			       &ep->atc);
	if (error) {
		free(ep);
		return error;
	}
	ep->config = *config;
	ep->config.atc = NULL;
	ep->ops = *ops;
	ep->bus = bus;
	atomic_init(&ep->sid, config->sid);
	pthread_mutex_init(&ep->lock, NULL);
	init_changed(&ep->changed);
	init_pri(ep);
	*out = ep;
	return 0;
}

void vtd_endpoint_destroy(struct vtd_endpoint *ep)
{
	if (!ep)
		return;
	pthread_cond_destroy(&ep->changed);
	pthread_mutex_destroy(&ep->lock);
	vtd_atc_destroy(ep->atc);
	free(ep);
}

void vtd_endpoint_set_source_id(struct vtd_endpoint *ep, uint16_t sid)
{
	atomic_store(&ep->sid, sid);
}

void vtd_endpoint_counters(struct vtd_endpoint *ep,
			   struct vtd_endpoint_counters *counters, size_t size)
{
	struct vtd_endpoint_counters copy;

	pthread_mutex_lock(&ep->lock);
	copy = ep->counters;
	pthread_mutex_unlock(&ep->lock);
	copy.translation_requests = atomic_load(&ep->translation_requests);
	memcpy(counters, &copy, size < sizeof(copy) ? size : sizeof(copy));
}

void vtd_endpoint_atc_counters(struct vtd_endpoint *ep,
			       struct vtd_atc_counters *counters, size_t size)
{
	vtd_atc_counters(ep->atc, counters, size);
}

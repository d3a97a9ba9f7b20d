/* SPDX-License-Identifier: BSD-3-Clause */
/* The endpoint, its wire, its driver; toy_worker.c has the threads. */
#include "toy_device.h"

#include <assert.h>
#include <sched.h>

/* Small, so that entries are evicted all the time. */
#define ATC_ENTRIES 16
#define ATC_WAYS 4
/* Pauses sum up to minutes: only a lost response ends in them. */
#define PAGE_REQUEST_LIMIT 10000

static void complete(struct toy_device *device, uint32_t itags,
		     unsigned int count)
{
	/* One for each traffic class that is in use. */
	for (unsigned int i = 0; i < count; i++)
		vtd_unit_device_tlb_complete(device->os->unit,
					     device->os->sid[device->index],
					     itags, count);
}

/* From whatever thread: at once, or by way of the wire. */
static void invalidated(void *opaque,
			const struct vtd_device_tlb_invalidation *request)
{
	const uint32_t itags = UINT32_C(1) << request->itag;
	struct toy_device *device = opaque;
	unsigned int way;

	pthread_mutex_lock(&device->lock);
	way = device->prompt ? 3 : toy_random_below(&device->random, 4);
	if (way == 0) {
		device->on_wire |= itags;
		pthread_cond_broadcast(&device->changed);
	}
	pthread_mutex_unlock(&device->lock);
	if (way != 0)
		complete(device, itags, way == 1 ? 2 : 1);
}

static void *run_wire(void *opaque)
{
	struct toy_device *device = opaque;

	pthread_mutex_lock(&device->lock);
	while (!device->stop) {
		uint32_t itags = device->on_wire;
		unsigned int pause;

		if (itags == 0) {
			pthread_cond_wait(&device->changed, &device->lock);
			continue;
		}
		device->on_wire = 0;
		pause = toy_random_below(&device->random, 8);
		pthread_mutex_unlock(&device->lock);
		while (pause-- > 0)
			sched_yield();
		complete(device, itags, 1);
		pthread_mutex_lock(&device->lock);
	}
	pthread_mutex_unlock(&device->lock);
	return NULL;
}

static void enable(struct toy_device *device)
{
	vtd_kit_link_enable(&device->link, TOY_ALLOCATION_MAX);
}

void toy_device_start(struct toy_device *device, struct toy_os *os,
		      unsigned int index)
{
	struct vtd_endpoint_config config;
	struct vtd_atc_config atc;
	int error;

	*device = (struct toy_device){
		.os = os,
		.index = index,
		.random = { os->log.seed + index },
	};
	vtd_atc_config_init(&atc);
	atc.entries = ATC_ENTRIES;
	atc.ways = ATC_WAYS;
	vtd_endpoint_config_init(&config);
	config.atc = &atc;
	config.sid = os->sid[index];
	config.page_request_limit = PAGE_REQUEST_LIMIT;
	error = vtd_kit_host_connect(os->host, &device->link, &config);
	assert(error == 0);
	(void)error;
	device->ep = device->link.endpoint;
	for (unsigned int i = 0; i < VTD_KIT_ITAGS; i++)
		device->link.invalidation[i] = (struct vtd_atc_invalidation){
			.done = invalidated,
			.opaque = device,
		};
	pthread_mutex_init(&device->lock, NULL);
	pthread_cond_init(&device->changed, NULL);
	pthread_create(&device->thread, NULL, run_wire, device);
	enable(device);
}

void toy_device_stop(struct toy_device *device)
{
	pthread_mutex_lock(&device->lock);
	device->stop = true;
	pthread_cond_broadcast(&device->changed);
	pthread_mutex_unlock(&device->lock);
	pthread_join(device->thread, NULL);
	if (vtd_endpoint_pri_status(device->ep) & VTD_PRI_UNEXPECTED_INDEX)
		toy_fail(&device->os->log, "a response came unexpectedly",
			 device->index);
	vtd_kit_host_disconnect(device->os->host, &device->link);
	pthread_mutex_destroy(&device->lock);
	pthread_cond_destroy(&device->changed);
}

static void ignore(void *opaque, enum vtd_endpoint_result result)
{
	(void)result;
	atomic_store((atomic_bool *)opaque, true);
}

void toy_devices_quiesce(struct toy_device *devices,
			 struct toy_process *process)
{
	for (unsigned int i = 0; i < TOY_DEVICES; i++)
		vtd_endpoint_cancel(devices[i].ep, &process->canceller[i]);
	toy_process_wait_unbound(process);
	for (unsigned int i = 0; i < TOY_DEVICES; i++) {
		atomic_bool done = false;
		struct vtd_endpoint_wait wait = { .done = ignore,
						  .opaque = &done };

		vtd_endpoint_pasid_stop(devices[i].ep, process->pasid, &wait);
		while (!atomic_load(&done))
			sched_yield();
		vtd_endpoint_cancel_end(devices[i].ep, &process->canceller[i]);
	}
}

static void disturb(struct toy_device *device)
{
	atomic_fetch_add(&device->disturbed, 1);
}

/* Responses to forgotten requests must not be taken for later ones (F 6.6). */
static void enable_again(struct toy_device *device)
{
	toy_os_drain(device->os, 0);
	toy_os_forget_groups(device->os, device->index);
	enable(device);
	disturb(device);
}

void toy_device_reset(struct toy_device *device)
{
	disturb(device);
	vtd_endpoint_reset(device->ep);
	enable_again(device);
}

void toy_device_toggle_ats(struct toy_device *device)
{
	disturb(device);
	vtd_endpoint_ats_control(device->ep, false, 0);
	sched_yield();
	vtd_endpoint_ats_control(device->ep, true, 0);
	disturb(device);
}

/* The way PCIe wants it: wait for the outstanding requests. */
void toy_device_toggle_pri(struct toy_device *device)
{
	disturb(device);
	vtd_endpoint_pri_control(device->ep, false, false);
	while (!(vtd_endpoint_pri_status(device->ep) & VTD_PRI_STOPPED))
		sched_yield();
	enable_again(device);
}

void toy_device_fail_pri(struct toy_device *device)
{
	atomic_bool *fail_next = &device->os->fail_next[device->index];

	disturb(device);
	atomic_store(fail_next, true);
	for (unsigned int i = 0; i < 100 && atomic_load(fail_next); i++)
		sched_yield();
	if (!atomic_exchange(fail_next, false)) {
		while (!(vtd_endpoint_pri_status(device->ep) &
			 VTD_PRI_RESPONSE_FAILURE))
			sched_yield();
		vtd_endpoint_pri_control(device->ep, false, true);
	}
	enable_again(device);
}

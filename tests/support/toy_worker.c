/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that access memory through a device, and what they look for. */
#include <sched.h>

#include "toy_device.h"

/* Accesses for one process before it is another one's turn. */
#define ACCESSES_PER_BIND 16

struct target {
	struct toy_process *process;
	unsigned int page;
	unsigned int place;
	bool write;
};

static struct toy_log *log_of(struct toy_worker *worker)
{
	return &worker->device->os->log;
}

static void check_word(struct toy_worker *worker, uint64_t at,
		       uint64_t expected, const char *what)
{
	uint64_t word = *toy_word(worker->device->os->host, at);

	if (word != expected)
		toy_fail(log_of(worker), what, word);
}

/* The access is open: nothing may change under it, however long it takes. */
static void use(struct toy_worker *worker, const struct target *target,
		uint64_t memory)
{
	struct toy_process *process = target->process;
	uint64_t slot = memory + TOY_SLOT_OFFSET(worker->number);
	uint64_t *expected =
		&process->expected[worker->number][target->page][target->place];
	uint64_t tag = toy_process_tag(process, target->page, target->place);

	atomic_store_explicit(&process->page[target->page].touched, true,
			      memory_order_relaxed);
	check_word(worker, memory + TOY_TAG_OFFSET, tag,
		   "a device sees what is not its process's");
	check_word(worker, slot, *expected, "a write was lost");
	if (toy_one_in(&worker->random, 4))
		for (unsigned int i = toy_random_below(&worker->random, 8);
		     i > 0; i--)
			sched_yield();
	if (target->write) {
		*expected = toy_random(&worker->random);
		*toy_word(worker->device->os->host, slot) = *expected;
	}
	check_word(worker, memory + TOY_TAG_OFFSET, tag,
		   "memory changed under an open access");
	check_word(worker, slot, *expected,
		   "a word changed under an open access");
}

static bool is_allowed(const struct target *target)
{
	return target->page != TOY_PAGE_HOLE &&
	       !(target->write && target->page == TOY_PAGE_READ_ONLY);
}

/* Whether the result is what it must be.  `calm`: there was nothing that makes
 * accesses fail. */
static void judge(struct toy_worker *worker, const struct target *target,
		  enum vtd_endpoint_result result, bool calm)
{
	if (result == VTD_ENDPOINT_OK && !is_allowed(target))
		toy_fail(log_of(worker), "an access was not refused",
			 target->page);
	if (!calm)
		return;
	if (result != VTD_ENDPOINT_OK && is_allowed(target))
		toy_fail(log_of(worker), "an access was refused", result);
	if (result != VTD_ENDPOINT_REFUSED && !is_allowed(target))
		toy_fail(log_of(worker), "a refusal has a wrong result",
			 result);
	worker->done++;
}

static enum vtd_endpoint_result make(struct toy_worker *worker,
				     const struct target *target)
{
	struct toy_device *device = worker->device;
	const struct toy_page *page = &target->process->page[target->page];
	const struct vtd_endpoint_access access = {
		.address = page->address +
			   toy_place_offset(page->shift, target->place),
		.access = target->write ? VTD_ACCESS_WRITE : VTD_ACCESS_READ,
		.pasid_present = true,
		.pasid = target->process->pasid,
		.canceller = &target->process->canceller[device->index],
	};
	unsigned int disturbed = atomic_load(&device->disturbed);
	struct vtd_endpoint_mapping mapping;
	enum vtd_endpoint_result result;

	result = vtd_endpoint_access_begin(device->ep, &access, &mapping);
	if (result == VTD_ENDPOINT_OK) {
		if (mapping.length < 4096)
			toy_fail(log_of(worker), "a mapping is too short",
				 mapping.length);
		use(worker, target, mapping.address);
		vtd_endpoint_access_end(device->ep, &mapping);
	}
	judge(worker, target, result,
	      disturbed % 2 == 0 &&
		      disturbed == atomic_load(&device->disturbed) &&
		      toy_process_is_alive(target->process) &&
		      result != VTD_ENDPOINT_ABORTED);
	return result;
}

enum vtd_endpoint_result toy_worker_access(struct toy_worker *worker,
					   struct toy_process *process,
					   unsigned int page, bool write)
{
	const struct target target = {
		.process = process,
		.page = page,
		.place = toy_random_below(
			&worker->random, toy_places(process->page[page].shift)),
		.write = write,
	};

	return make(worker, &target);
}

static void waited(void *opaque, enum vtd_endpoint_result result)
{
	(void)result;
	atomic_store((atomic_bool *)opaque, true);
}

/* A group of several pages, as event-driven devices ask for them. */
static void prefetch(struct toy_worker *worker, struct toy_process *process)
{
	struct toy_device *device = worker->device;
	unsigned int pages = 1 + toy_random_below(&worker->random, 6);
	atomic_bool done = false;
	struct vtd_endpoint_wait wait = { .done = waited, .opaque = &done };
	const struct vtd_endpoint_access access = {
		.address = process->page[0].address,
		.access = VTD_ACCESS_READ,
		.pasid_present = true,
		.pasid = process->pasid,
		.canceller = &process->canceller[device->index],
	};

	vtd_endpoint_page_request(device->ep, &access, pages, &wait);
	while (!atomic_load(&done))
		sched_yield();
}

static void work_for(struct toy_worker *worker, struct toy_process *process)
{
	for (unsigned int i = 0; i < ACCESSES_PER_BIND; i++) {
		if (!toy_process_is_alive(process))
			return;
		if (toy_one_in(&worker->random, 16))
			prefetch(worker, process);
		toy_worker_access(worker, process,
				  toy_random_below(&worker->random, TOY_PAGES),
				  toy_one_in(&worker->random, 2));
	}
}

static void *run_worker(void *opaque)
{
	struct toy_worker *worker = opaque;
	struct toy_os *os = worker->device->os;

	while (worker->done < worker->accesses) {
		struct toy_process *process = &os->process[toy_random_below(
			&worker->random, TOY_PROCESSES)];

		if (!toy_process_bind(process)) {
			sched_yield();
			continue;
		}
		work_for(worker, process);
		toy_process_unbind(process);
	}
	return NULL;
}

void toy_worker_start(struct toy_worker *worker)
{
	pthread_create(&worker->thread, NULL, run_worker, worker);
}

void toy_worker_stop(struct toy_worker *worker)
{
	pthread_join(worker->thread, NULL);
}

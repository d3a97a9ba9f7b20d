/* SPDX-License-Identifier: BSD-3-Clause */
/* Lives of processes; toy_pages.c has their pages. */
#include "toy_process.h"

#include <assert.h>
#include <string.h>

#include "toy_os_private.h"

#define LARGE_PAGE_DISTANCE (UINT64_C(1) << 30)

/* The same for all with so many levels: only the PASID tells them apart.  With 5
 * levels it is above what 4 reach. */
static uint64_t base_of(const struct toy_process *process)
{
	return process->levels == 5 ? UINT64_C(0x00a5000012200000) :
				      UINT64_C(0x00007f0000400000);
}

static void place_pages(struct toy_process *process)
{
	for (unsigned int i = 0; i < TOY_PAGES; i++)
		process->page[i] = (struct toy_page){
			.address = base_of(process) + i * UINT64_C(4096),
			.shift = 12,
			.writable = i != TOY_PAGE_READ_ONLY,
		};
	process->page[TOY_PAGE_LARGE].address =
		base_of(process) + LARGE_PAGE_DISTANCE;
	process->page[TOY_PAGE_LARGE].shift = 21;
}

void toy_process_init(struct toy_process *process, struct toy_os *os,
		      unsigned int index)
{
	static const uint32_t pasids[TOY_PROCESSES] = { 5, 70, 4000, 0xffffe };

	*process = (struct toy_process){
		.os = os,
		.pasid = pasids[index],
		.levels = 4 + index % 2,
		.state = TOY_DEAD,
	};
	pthread_mutex_init(&process->lock, NULL);
	pthread_cond_init(&process->changed, NULL);
}

void toy_process_destroy(struct toy_process *process)
{
	pthread_mutex_destroy(&process->lock);
	pthread_cond_destroy(&process->changed);
}

void toy_process_start(struct toy_process *process, uint64_t serial)
{
	assert(process->binders == 0 && process->tables == 0);
	place_pages(process);
	memset(process->expected, 0, sizeof(process->expected));
	process->serial = serial;
	toy_new_table(process);
	toy_os_enter_pasid(process->os, process);
	pthread_mutex_lock(&process->lock);
	process->closed = false;
	atomic_store(&process->state, TOY_ALIVE);
	pthread_mutex_unlock(&process->lock);
}

bool toy_process_bind(struct toy_process *process)
{
	bool alive;

	pthread_mutex_lock(&process->lock);
	alive = toy_process_is_alive(process) && !process->closed;
	if (alive)
		process->binders++;
	pthread_mutex_unlock(&process->lock);
	return alive;
}

void toy_process_unbind(struct toy_process *process)
{
	pthread_mutex_lock(&process->lock);
	process->binders--;
	pthread_cond_broadcast(&process->changed);
	pthread_mutex_unlock(&process->lock);
}

void toy_process_wait_unbound(struct toy_process *process)
{
	pthread_mutex_lock(&process->lock);
	process->closed = true;
	while (process->binders > 0)
		pthread_cond_wait(&process->changed, &process->lock);
	pthread_mutex_unlock(&process->lock);
}

uint64_t toy_process_tag(const struct toy_process *process, unsigned int page,
			 unsigned int place)
{
	struct toy_random hash = {
		process->serial << 16 | page << 8 | place,
	};

	return toy_random(&hash);
}

void toy_process_free(struct toy_process *process)
{
	toy_release_pages(process);
	while (process->tables > 0)
		toy_os_free_frame(process->os, 12,
				  process->table[--process->tables]);
}

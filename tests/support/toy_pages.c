/* SPDX-License-Identifier: BSD-3-Clause */
/* Pages of processes: how they come, and how they are taken back. */
#include <assert.h>

#include "toy_os_private.h"

uint64_t toy_new_table(struct toy_process *process)
{
	uint64_t table = toy_os_frame(process->os, 12);

	assert(process->tables < TOY_TABLES_MAX);
	for (uint64_t i = 0; i < 4096; i += 8)
		*toy_word(process->os->host, table + i) = 0;
	process->table[process->tables++] = table;
	return table;
}

/* The entry that maps `page`.  Tables are made on the way. */
static uint64_t leaf_of(struct toy_process *process,
			const struct toy_page *page)
{
	struct fake_host *host = process->os->host;
	unsigned int leaf_level = (page->shift - 12) / 9 + 1;
	uint64_t table = process->table[0];
	uint64_t entry;

	for (unsigned int level = process->levels;; level--) {
		entry = table +
			(page->address >> (12 + 9 * (level - 1)) & 0x1ff) * 8;
		if (level == leaf_level)
			return entry;
		if (fake_host_get_64(host, entry) == 0)
			fake_host_set_64(host, entry,
					 toy_new_table(process) | FS_USER_RW);
		table = fake_host_get_64(host, entry) & VTD_FS_ADDRESS;
	}
}

static uint64_t slot_of(const struct toy_page *page, unsigned int place,
			unsigned int thread)
{
	return page->frame + toy_place_offset(page->shift, place) +
	       TOY_SLOT_OFFSET(thread);
}

/* Tags, and the words as they are in the store. */
static void fill_frame(struct toy_process *process, unsigned int index)
{
	struct fake_host *host = process->os->host;
	struct toy_page *page = &process->page[index];

	for (unsigned int i = 0; i < toy_places(page->shift); i++) {
		uint64_t place = page->frame + toy_place_offset(page->shift, i);

		*toy_word(host, place + TOY_TAG_OFFSET) =
			toy_process_tag(process, index, i);
		for (unsigned int t = 0; t < TOY_THREADS; t++)
			*toy_word(host, slot_of(page, i, t)) =
				page->store[i][t];
	}
}

/*
 * Copy the words to the store, after the invalidation.  `entry` is the paging
 * entry as it was last: it must say what has been done through it.
 */
static void write_back(struct toy_process *process, struct toy_page *page,
		       uint64_t entry)
{
	bool written = false;

	for (unsigned int i = 0; i < toy_places(page->shift); i++)
		for (unsigned int t = 0; t < TOY_THREADS; t++) {
			uint64_t word = *toy_word(process->os->host,
						  slot_of(page, i, t));

			written |= word != page->store[i][t];
			page->store[i][t] = word;
		}
	if (written && (entry & VTD_FS_D) == 0)
		toy_fail(&process->os->log, "a written page was not dirty",
			 entry);
}

/* Once nobody reads it any more. */
static void check_accessed(struct toy_process *process, struct toy_page *page,
			   uint64_t entry)
{
	if (atomic_exchange(&page->touched, false) && (entry & VTD_FS_A) == 0)
		toy_fail(&process->os->log, "a used page was not accessed",
			 entry);
}

/* With the lock; a page in work is waited for.  NULL: nothing is to be mapped,
 * and *ok says whether the fault is served. */
static struct toy_page *find_absent(struct toy_process *process,
				    unsigned int index, bool write, bool *ok)
{
	struct toy_page *page = &process->page[index];

	while (page->state == TOY_LEAVING)
		pthread_cond_wait(&process->changed, &process->lock);
	*ok = toy_process_is_alive(process) && (page->writable || !write);
	if (!*ok)
		return NULL;
	if (page->state == TOY_ABSENT)
		return page;
	if (write)
		toy_entry_change(process->os->host, page->leaf, VTD_FS_RW, 0);
	return NULL;
}

static void map(struct toy_process *process, unsigned int index, bool writable)
{
	struct toy_page *page = &process->page[index];

	fill_frame(process, index);
	toy_entry_change(process->os->host, page->leaf,
			 page->frame | (writable ? FS_USER_RW : FS_USER_RO) |
				 (page->shift > 12 ? VTD_FS_PS : 0),
			 UINT64_MAX);
	page->state = TOY_RESIDENT;
}

/* Only the page request thread maps: what is absent stays so meanwhile.  No
 * lock while there is need for memory, which may be taken from here. */
static bool serve(struct toy_process *process, unsigned int index, bool write,
		  bool generous)
{
	struct toy_page *page;
	bool ok;

	pthread_mutex_lock(&process->lock);
	page = find_absent(process, index, write, &ok);
	pthread_mutex_unlock(&process->lock);
	if (page == NULL)
		return ok;
	page->frame = toy_os_frame(process->os, page->shift);
	if (page->leaf == 0)
		page->leaf = leaf_of(process, page);
	pthread_mutex_lock(&process->lock);
	ok = toy_process_is_alive(process);
	if (ok)
		map(process, index, write || (generous && page->writable));
	pthread_mutex_unlock(&process->lock);
	if (!ok)
		toy_os_free_frame(process->os, page->shift, page->frame);
	return ok;
}

bool toy_process_fault(struct toy_process *process, uint64_t address,
		       bool write, struct toy_random *random)
{
	for (unsigned int i = 0; i < TOY_PAGES; i++)
		if (i != TOY_PAGE_HOLE &&
		    process->page[i].address >> process->page[i].shift ==
			    address >> process->page[i].shift)
			return serve(process, i, write, toy_one_in(random, 2));
	return false;
}

/* Begin work on a resident page: change its entry, and make the change take
 * effect.  Returns whether; *entry is what it was. */
static bool leave(struct toy_process *process, struct toy_page *page,
		  uint64_t clear, uint64_t *entry)
{
	bool leaving;

	pthread_mutex_lock(&process->lock);
	leaving = toy_process_is_alive(process) && page->state == TOY_RESIDENT;
	if (leaving) {
		page->state = TOY_LEAVING;
		*entry = toy_entry_change(process->os->host, page->leaf, 0,
					  clear);
	}
	pthread_mutex_unlock(&process->lock);
	if (leaving)
		toy_os_invalidate_page(process->os, process, page);
	return leaving;
}

static void left(struct toy_process *process, struct toy_page *page,
		 enum toy_page_state state)
{
	pthread_mutex_lock(&process->lock);
	page->state = state;
	pthread_cond_broadcast(&process->changed);
	pthread_mutex_unlock(&process->lock);
}

bool toy_process_take_back(struct toy_process *process, unsigned int index)
{
	struct toy_page *page = &process->page[index];
	uint64_t entry;

	if (!leave(process, page, UINT64_MAX, &entry))
		return false;
	write_back(process, page, entry);
	check_accessed(process, page, entry);
	toy_os_free_frame(process->os, page->shift, page->frame);
	left(process, page, TOY_ABSENT);
	return true;
}

bool toy_process_clean(struct toy_process *process, unsigned int index)
{
	struct toy_page *page = &process->page[index];
	uint64_t entry;

	if (!leave(process, page, VTD_FS_RW | VTD_FS_D, &entry))
		return false;
	write_back(process, page, entry);
	left(process, page, TOY_RESIDENT);
	return true;
}

void toy_release_pages(struct toy_process *process)
{
	struct toy_os *os = process->os;

	for (unsigned int i = 0; i < TOY_PAGES; i++) {
		struct toy_page *page = &process->page[i];
		uint64_t entry;

		if (page->state == TOY_ABSENT)
			continue;
		entry = toy_entry_change(os->host, page->leaf, 0, UINT64_MAX);
		write_back(process, page, entry);
		check_accessed(process, page, entry);
		toy_os_free_frame(os, page->shift, page->frame);
	}
}

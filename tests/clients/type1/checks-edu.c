/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <sys/mman.h>

#include "checks.h"
#include "edu.h"

enum {
	OLD = 1,
	NEW = 2,
	DATA = 3,
	WORD = 4,
	PENDING_ROUNDS = 20,
};

/* Leaves DATA in the buffer of the device. */
static void load(const struct vfio *edu, uint64_t iova)
{
	void *source = memory_new(PAGE);

	fill(source, PAGE, DATA);
	vfio_map(edu, iova, source, PAGE, MAP_READ);
	edu_fetch(edu, iova, PAGE);
	vfio_unmap(edu, iova, PAGE);
	munmap(source, PAGE);
}

static void copies(const struct vfio *edu, uint64_t iova,
		   const struct mode *mode)
{
	char *target = memory_new(2 * PAGE);

	(void)mode;
	load(edu, iova);
	fill(target, 2 * PAGE, OLD);
	vfio_map(edu, iova, target, 2 * PAGE, MAP_BOTH);
	edu_store(edu, iova + PAGE / 2, PAGE);
	expect_filled(target + PAGE / 2, PAGE, DATA, "the target");
	vfio_unmap(edu, iova, 2 * PAGE);
}

/* The same I/O address leads to other memory. */
static void remap(const struct vfio *edu, uint64_t iova,
		  const struct mode *mode)
{
	void *old = memory_new(PAGE), *new = memory_new(PAGE);

	(void)mode;
	load(edu, iova + PAGE);
	vfio_map(edu, iova, old, PAGE, MAP_BOTH);
	edu_store(edu, iova, PAGE);
	expect_filled(old, PAGE, DATA, "the first memory");
	vfio_unmap(edu, iova, PAGE);
	fill(old, PAGE, OLD);
	vfio_map(edu, iova, new, PAGE, MAP_BOTH);
	edu_store(edu, iova, PAGE);
	expect_filled(new, PAGE, DATA, "the new memory");
	expect_filled(old, PAGE, OLD, "the memory that was unmapped");
	vfio_unmap(edu, iova, PAGE);
}

/* ... while the device is about to write there. */
static void remap_pending(const struct vfio *edu, uint64_t iova,
			  const struct mode *mode)
{
	void *memory[2] = { memory_new(PAGE), memory_new(PAGE) };

	(void)mode;
	load(edu, iova + PAGE);
	vfio_map(edu, iova, memory[0], PAGE, MAP_BOTH);
	for (int i = 0; i < PENDING_ROUNDS; i++) {
		void *old = memory[i % 2], *new = memory[(i + 1) % 2];

		edu_start(edu, iova, PAGE, true);
		vfio_unmap(edu, iova, PAGE);
		fill(old, PAGE, OLD);
		vfio_map(edu, iova, new, PAGE, MAP_BOTH);
		edu_wait(edu);
		expect_filled(old, PAGE, OLD, "the memory that was unmapped");
		edu_store(edu, iova, PAGE);
		expect_filled(new, PAGE, DATA, "the new memory");
		expect_filled(old, PAGE, OLD, "the memory that was unmapped");
	}
	vfio_unmap(edu, iova, PAGE);
}

static void store_word(const struct vfio *edu, uint64_t iova)
{
	edu_store(edu, iova, WORD);
}

static void fetch_word(const struct vfio *edu, uint64_t iova)
{
	edu_fetch(edu, iova, WORD);
}

static void huge_then_small(const struct vfio *edu, uint64_t iova,
			    const struct mode *mode)
{
	const uint64_t last = HUGE - PAGE;
	char *huge = memory_new_huge(), *page = memory_new(PAGE);

	if (!huge)
		fail("no huge page");
	load(edu, iova);
	vfio_map(edu, iova, huge, HUGE, MAP_BOTH);
	edu_store(edu, iova, PAGE);
	edu_store(edu, iova + last, PAGE);
	expect_filled(huge, PAGE, DATA, "the huge page's begin");
	expect_filled(huge + last, PAGE, DATA, "the huge page's end");
	vfio_unmap(edu, iova, HUGE);
	fill(huge, HUGE, OLD);
	vfio_map(edu, iova + last, page, PAGE, MAP_BOTH);
	edu_store(edu, iova + last, PAGE);
	expect_filled(page, PAGE, DATA, "the small page");
	expect_fault(edu, iova, true, mode->no_write, store_word);
	expect_filled(huge, HUGE, OLD, "the huge page that was unmapped");
	vfio_unmap(edu, iova + last, PAGE);
	fill(page, PAGE, OLD);
	vfio_map(edu, iova, huge, HUGE, MAP_BOTH);
	edu_store(edu, iova + last, PAGE);
	expect_filled(huge + last, PAGE, DATA, "the huge page, mapped again");
	expect_filled(page, PAGE, OLD, "the small page that was unmapped");
	vfio_unmap(edu, iova, HUGE);
}

static void read_only(const struct vfio *edu, uint64_t iova,
		      const struct mode *mode)
{
	void *memory = memory_new(PAGE), *copy = memory_new(PAGE);

	fill(memory, PAGE, DATA);
	vfio_map(edu, iova, memory, PAGE, MAP_READ);
	edu_fetch(edu, iova, PAGE);
	vfio_map(edu, iova + PAGE, copy, PAGE, MAP_BOTH);
	edu_store(edu, iova + PAGE, PAGE);
	expect_filled(copy, PAGE, DATA, "what was read");
	fill(memory, PAGE, OLD);
	expect_fault(edu, iova, true, mode->read_only, store_word);
	expect_filled(memory, PAGE, OLD, "the read-only memory");
	vfio_unmap(edu, iova, 2 * PAGE);
}

static void write_only(const struct vfio *edu, uint64_t iova,
		       const struct mode *mode)
{
	void *memory = memory_new(PAGE);

	load(edu, iova);
	vfio_map(edu, iova, memory, PAGE, MAP_WRITE);
	edu_store(edu, iova, PAGE);
	expect_filled(memory, PAGE, DATA, "what was written");
	if (mode->write_only)
		expect_fault(edu, iova, false, mode->write_only, fetch_word);
	vfio_unmap(edu, iova, PAGE);
}

static void unmapped(const struct vfio *edu, uint64_t iova,
		     const struct mode *mode)
{
	void *memory = memory_new(PAGE);

	expect_fault(edu, iova, false, mode->no_read, fetch_word);
	expect_fault(edu, iova + PAGE, true, mode->no_write, store_word);
	vfio_map(edu, iova + 2 * PAGE, memory, PAGE, MAP_BOTH);
	edu_store(edu, iova + 2 * PAGE, PAGE);
	vfio_unmap(edu, iova + 2 * PAGE, PAGE);
	fill(memory, PAGE, OLD);
	expect_fault(edu, iova + 2 * PAGE, true, mode->no_write, store_word);
	expect_filled(memory, PAGE, OLD, "the memory that was unmapped");
}

const struct check edu_checks[] = {
	{ "edu: copies between memory and device", false, copies },
	{ "edu: an address is mapped to other memory", false, remap },
	{ "edu: the same while a copy is pending", true, remap_pending },
	{ "edu: a huge page, then a small one, then huge", true,
	  huge_then_small },
	{ "edu: memory for reads only", true, read_only },
	{ "edu: memory for writes only", true, write_only },
	{ "edu: nothing is mapped", true, unmapped },
	{ 0 },
};

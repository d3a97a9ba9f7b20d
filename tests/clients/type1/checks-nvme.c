/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "checks.h"
#include "nvme.h"

enum {
	OLD = 1,
	ROUNDS = 100,
	BURST = NVME_DEPTH / 2,
	AREA = BURST * PAGE,
};

static const uint64_t queues = ROOM / 2; /* behind what a check maps */

static unsigned int identify(struct nvme *nvme, uint64_t iova)
{
	nvme_identify(nvme, iova);
	nvme_submit(nvme);
	return nvme_complete(nvme);
}

static void answers(const struct vfio *vfio, uint64_t iova,
		    const struct mode *mode)
{
	void *page = memory_new(PAGE);
	struct nvme nvme;
	unsigned int status;

	(void)mode;
	nvme_start(&nvme, vfio, iova + queues);
	vfio_map(vfio, iova, page, PAGE, MAP_BOTH);
	status = identify(&nvme, iova);
	if (status != NVME_SUCCESS || !nvme_is_identity(page))
		fail("status %x, or not the right data", status);
	nvme_stop(&nvme);
}

/* One round: commands are under way while their memory is replaced. */
static void replace(struct nvme *nvme, uint64_t iova, char *old, char *new)
{
	unsigned int status;

	for (int i = 0; i < BURST; i++)
		nvme_identify(nvme, iova + i * PAGE);
	nvme_submit(nvme);
	vfio_unmap(nvme->vfio, iova, AREA);
	fill(old, AREA, OLD);
	memset(new, 0, AREA);
	vfio_map(nvme->vfio, iova, new, AREA, MAP_BOTH);
	for (int i = 0; i < BURST; i++)
		nvme_complete(nvme);
	expect_filled(old, AREA, OLD, "the memory that was unmapped");
	status = identify(nvme, iova + AREA - PAGE);
	if (status != NVME_SUCCESS || !nvme_is_identity(new + AREA - PAGE))
		fail("status %x, or nothing in the new memory", status);
	expect_filled(old, AREA, OLD, "the memory that was unmapped");
}

static void remap(const struct vfio *vfio, uint64_t iova,
		  const struct mode *mode)
{
	char *memory[2] = { memory_new(AREA), memory_new(AREA) };
	struct nvme nvme;

	(void)mode;
	nvme_start(&nvme, vfio, iova + queues);
	vfio_map(vfio, iova, memory[0], AREA, MAP_BOTH);
	for (int i = 0; i < ROUNDS; i++)
		replace(&nvme, iova, memory[i % 2], memory[(i + 1) % 2]);
	nvme_stop(&nvme);
}

static struct nvme faulting;

/* QEMU's controller does not look whether its DMA was refused. */
static void identify_once(const struct vfio *vfio, uint64_t iova)
{
	(void)vfio;
	identify(&faulting, iova);
}

static void unmapped(const struct vfio *vfio, uint64_t iova,
		     const struct mode *mode)
{
	void *page = memory_new(PAGE);

	nvme_start(&faulting, vfio, iova + queues);
	expect_fault(vfio, iova, true, mode->no_write, identify_once);
	fill(page, PAGE, OLD);
	vfio_map(vfio, iova + PAGE, page, PAGE, MAP_READ);
	expect_fault(vfio, iova + PAGE, true, mode->read_only, identify_once);
	expect_filled(page, PAGE, OLD, "the read-only memory");
	nvme_stop(&faulting);
}

const struct check nvme_checks[] = {
	{ "nvme: identifies itself", false, answers },
	{ "nvme: memory is replaced under commands", true, remap },
	{ "nvme: a command without memory, or to be read only", true,
	  unmapped },
	{ 0 },
};

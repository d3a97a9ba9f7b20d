/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static bool is_ram(const struct bench_scene *scene, uint64_t address,
		   size_t length)
{
	return address < scene->memory.size &&
	       length <= scene->memory.size - address;
}

static int memory_read(void *host, uint64_t address, void *buffer,
		       size_t length)
{
	struct bench_scene *scene = host;

	if (!is_ram(scene, address, length))
		return -EFAULT;
	memcpy(buffer, scene->memory.ram + address, length);
	return 0;
}

static int memory_write(void *host, uint64_t address, const void *buffer,
			size_t length)
{
	struct bench_scene *scene = host;

	if (!is_ram(scene, address, length))
		return -EFAULT;
	memcpy(scene->memory.ram + address, buffer, length);
	return 0;
}

static int memory_compare_exchange(void *host, uint64_t address,
				   uint64_t *expected, uint64_t desired)
{
	struct bench_scene *scene = host;

	if (!is_ram(scene, address, 8))
		return -EFAULT;
	return __atomic_compare_exchange_n(
		bench_memory_word(&scene->memory, address), expected, desired,
		false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static void interrupt_message(void *host, uint64_t address, uint32_t data)
{
	(void)host;
	(void)address;
	(void)data;
}

/* An endpoint that answers at once. */
static int
device_tlb_invalidate(void *host,
		      const struct vtd_device_tlb_invalidation *request)
{
	struct bench_scene *scene = host;

	vtd_unit_device_tlb_complete(scene->unit, request->sid,
				     UINT32_C(1) << request->itag, 1);
	return 0;
}

static void page_group_response(void *host,
				const struct vtd_page_group_response *response)
{
	struct bench_scene *scene = host;

	(void)response;
	scene->responses++;
}

static const struct vtd_host_ops host_ops = {
	.size = sizeof(host_ops),
	.memory_read = memory_read,
	.memory_write = memory_write,
	.memory_compare_exchange = memory_compare_exchange,
	.interrupt_message = interrupt_message,
	.device_tlb_invalidate = device_tlb_invalidate,
	.page_group_response = page_group_response,
};

void bench_scene_init(struct bench_scene *scene, uint64_t size, bool huge)
{
	struct vtd_config config;

	*scene = (struct bench_scene){ .unit = NULL };
	bench_memory_init(&scene->memory, size, huge);
	vtd_config_init(&config);
	if (vtd_unit_create(&config, &host_ops, scene, &scene->unit) != 0)
		bench_die("no unit");
	scene->range = (struct vtd_ram_range){
		.length = size,
		.memory = scene->memory.ram,
	};
	scene->map = (struct vtd_ram_map){ &scene->range, 1, { 0 } };
	if (vtd_unit_set_ram(scene->unit, &scene->map, NULL) != 0)
		bench_die("the guest memory was refused");
	scene->root = bench_memory_pages(&scene->memory, 1);
	scene->queue = bench_memory_pages(&scene->memory,
					  BENCH_QUEUE_SIZE / BENCH_PAGE);
	scene->status = bench_memory_pages(&scene->memory, 1);
}

void bench_scene_destroy(struct bench_scene *scene)
{
	vtd_unit_destroy(scene->unit);
	bench_memory_destroy(&scene->memory);
}

static void command(struct bench_scene *scene, uint64_t bit)
{
	uint64_t levels = vtd_unit_read(scene->unit, VTD_REG_GSTS, 4) &
			  UINT32_C(0x96ffffff);

	vtd_unit_write(scene->unit, VTD_REG_GCMD, levels | bit, 4);
}

void bench_scene_enable(struct bench_scene *scene, unsigned int ttm)
{
	vtd_unit_write(scene->unit, VTD_REG_IQA, scene->queue | VTD_IQA_DW | 2,
		       8);
	command(scene, VTD_GCMD_QIE);
	vtd_unit_write(scene->unit, VTD_REG_RTADDR,
		       scene->root | vtd_field_make(VTD_RTADDR_TTM, ttm), 8);
	command(scene, VTD_GCMD_SRTP);
	command(scene, VTD_GCMD_TE);
}

void bench_scene_interrupt_table(struct bench_scene *scene, uint64_t table,
				 unsigned int size)
{
	vtd_unit_write(scene->unit, VTD_REG_IRTA,
		       table | vtd_field_make(VTD_IRTA_S, size), 8);
	command(scene, VTD_GCMD_SIRTP);
	command(scene, VTD_GCMD_IRE);
}

/* The table that the entry at `address` points to; a new one of `pages` pages if
 * there is none. */
static uint64_t table_below(struct bench_scene *scene, uint64_t address,
			    uint64_t pages)
{
	uint64_t *entry = bench_memory_word(&scene->memory, address);

	if (*entry == 0)
		*entry = bench_memory_pages(&scene->memory, pages) | 1;
	return *entry & VTD_TABLE_ADDRESS;
}

void bench_scene_legacy(struct bench_scene *scene, uint16_t sid,
			const struct bench_tables *second_stage)
{
	uint64_t table = table_below(
		scene, scene->root + (sid >> 8) * VTD_ROOT_ENTRY_SIZE, 1);
	uint64_t *entry = bench_memory_word(
		&scene->memory, table + (sid & 0xff) * VTD_CONTEXT_ENTRY_SIZE);

	entry[1] = vtd_field_make(VTD_CONTEXT1_AW, 2) |
		   vtd_field_make(VTD_CONTEXT1_DID, 1);
	entry[0] = second_stage->root | VTD_CONTEXT0_P;
}

uint64_t bench_scene_scalable(struct bench_scene *scene, uint16_t sid,
			      uint32_t rid_pasid)
{
	uint64_t half = scene->root + (sid >> 8) * VTD_ROOT_ENTRY_SIZE +
			(sid >> 7 & 1) * 8;
	uint64_t *entry = bench_memory_word(
		&scene->memory,
		table_below(scene, half, 1) +
			(sid & 0x7f) * VTD_SM_CONTEXT_ENTRY_SIZE);
	uint64_t dir = bench_memory_pages(&scene->memory, 32);

	entry[0] = dir | VTD_SM_CONTEXT0_P | VTD_SM_CONTEXT0_DTE |
		   VTD_SM_CONTEXT0_PASIDE | VTD_SM_CONTEXT0_PRE |
		   vtd_field_make(VTD_SM_CONTEXT0_PDTS, 7);
	entry[1] = rid_pasid;
	return dir;
}

static uint64_t pgtt_of(const struct bench_tables *first_stage,
			const struct bench_tables *second_stage)
{
	if (first_stage != NULL && second_stage != NULL)
		return VTD_PGTT_NESTED;
	if (first_stage != NULL)
		return VTD_PGTT_FIRST_STAGE;
	return second_stage != NULL ? VTD_PGTT_SECOND_STAGE :
				      VTD_PGTT_PASS_THROUGH;
}

void bench_scene_pasid(struct bench_scene *scene, uint64_t dir, uint32_t pasid,
		       const struct bench_tables *first_stage,
		       const struct bench_tables *second_stage)
{
	uint64_t table = table_below(
		scene, dir + (pasid >> 6) * VTD_PASID_DIR_ENTRY_SIZE, 1);
	uint64_t *entry = bench_memory_word(
		&scene->memory, table + (pasid & 0x3f) * VTD_PASID_ENTRY_SIZE);

	entry[0] = VTD_PASID0_P |
		   vtd_field_make(VTD_PASID0_PGTT,
				  pgtt_of(first_stage, second_stage));
	entry[1] = vtd_field_make(VTD_PASID1_DID, 1) | VTD_PASID1_PWSNP;
	if (second_stage != NULL)
		entry[0] |= second_stage->root |
			    vtd_field_make(VTD_PASID0_AW, 2);
	if (first_stage != NULL)
		entry[2] = (first_stage->root + first_stage->gpa_offset) |
			   VTD_PASID2_SRE;
}

void bench_queue_put(struct bench_scene *scene, uint64_t word0, uint64_t word1)
{
	uint64_t *at =
		bench_memory_word(&scene->memory, scene->queue + scene->tail);

	at[0] = word0;
	at[1] = word1;
	at[2] = 0;
	at[3] = 0;
	scene->tail = (scene->tail + 32) % BENCH_QUEUE_SIZE;
}

void bench_queue_submit(struct bench_scene *scene)
{
	vtd_unit_write(scene->unit, VTD_REG_IQT, scene->tail, 8);
}

void bench_queue_wait(struct bench_scene *scene)
{
	const uint64_t *status =
		bench_memory_word(&scene->memory, scene->status);

	scene->sequence++;
	bench_queue_put(scene,
			VTD_DESC_WAIT | VTD_DESC_WAIT0_SW |
				vtd_field_make(VTD_DESC_WAIT0_STATUS_DATA,
					       scene->sequence),
			scene->status);
	bench_queue_submit(scene);
	bench_expect((uint32_t)*status == scene->sequence,
		     "an invalidation wait was not over");
}

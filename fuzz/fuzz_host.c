/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory and callbacks. */
#include "fuzz_host.h"

#include <errno.h>
#include <string.h>

#include <vtd/spec/regs.h>

static bool is_ram(const struct fuzz_host *host, uint64_t address,
		   size_t length)
{
	return address < FUZZ_RAM_SIZE && length <= FUZZ_RAM_SIZE - address &&
	       (host->holes >> (address / 4096) & 1) == 0;
}

static char *at(struct fuzz_host *host, uint64_t address)
{
	return (char *)host->ram + address;
}

void fuzz_host_store(struct fuzz_host *host, uint64_t address,
		     const void *bytes, size_t length)
{
	if (address > FUZZ_RAM_SIZE || length > FUZZ_RAM_SIZE - address)
		return;
	memcpy(at(host, address), bytes, length);
	host->dirty |= UINT32_C(1) << address / 4096;
	host->dirty |= UINT32_C(1) << (address + length - 1) / 4096;
}

static void check_span(uint64_t address, size_t length)
{
	FUZZ_CHECK(length >= 1 && length <= 4096);
	FUZZ_CHECK(address / 4096 == (address + length - 1) / 4096);
}

static int memory_read(void *opaque, uint64_t address, void *buffer,
		       size_t length)
{
	check_span(address, length);
	if (!is_ram(opaque, address, length))
		return -EFAULT;
	memcpy(buffer, at(opaque, address), length);
	return 0;
}

static int memory_write(void *opaque, uint64_t address, const void *buffer,
			size_t length)
{
	check_span(address, length);
	if (!is_ram(opaque, address, length))
		return -EFAULT;
	fuzz_host_store(opaque, address, buffer, length);
	return 0;
}

static int memory_compare_exchange(void *opaque, uint64_t address,
				   uint64_t *expected, uint64_t desired)
{
	struct fuzz_host *host = opaque;

	FUZZ_CHECK(address % 8 == 0);
	if (!is_ram(host, address, 8))
		return -EFAULT;
	if (host->ram[address / 8] != *expected) {
		*expected = host->ram[address / 8];
		return 0;
	}
	fuzz_host_store(host, address, &desired, 8);
	return 1;
}

void fuzz_host_publish(struct fuzz_host *host)
{
	/* The other one may be in force. */
	struct fuzz_map *map = &host->map[host->maps++ % 2];
	struct vtd_ram_range *range = map->range;

	/* The unit writes to it without a word. */
	if (host->published)
		host->dirty = UINT32_MAX;
	for (uint64_t page = 0; host->published && page < FUZZ_RAM_PAGES;
	     page++) {
		if ((host->holes >> page & 1) != 0)
			continue;
		if (range == map->range ||
		    range[-1].first + range[-1].length != page * 4096)
			*range++ = (struct vtd_ram_range){
				.first = page * 4096,
				.memory = at(host, page * 4096),
			};
		range[-1].length += 4096;
	}
	map->map = (struct vtd_ram_map){
		.range = map->range,
		.count = (size_t)(range - map->range),
	};
	FUZZ_CHECK(vtd_unit_set_ram(host->unit, &map->map, NULL) == 0);
}

/* Callbacks may call back in; the script says what, but not for ever. */
static void react(struct fuzz_host *host)
{
	struct vtd_page_request request;

	if (host->reactions == 0)
		return;
	host->reactions--;
	switch (fuzz_below(host->input, 4)) {
	case 0:
		vtd_unit_write(host->unit, VTD_REG_IQT,
			       fuzz_take(host->input, 2), 4);
		break;
	case 1:
		request = (struct vtd_page_request){
			.sid = (uint16_t)fuzz_below(host->input, 8),
			.pasid_present = true,
			.pasid = fuzz_below(host->input, 8),
			.read = true,
			.last = true,
		};
		vtd_unit_page_request(host->unit, &request);
		break;
	case 2:
		vtd_unit_reset(host->unit, VTD_RESET_WARM);
		break;
	default:
		vtd_unit_device_tlb_complete(
			host->unit, (uint16_t)fuzz_below(host->input, 8),
			(uint32_t)fuzz_take(host->input, 4), 1);
	}
}

static void interrupt_message(void *opaque, uint64_t address, uint32_t data)
{
	(void)opaque;
	(void)address;
	(void)data;
}

static int
device_tlb_invalidate(void *opaque,
		      const struct vtd_device_tlb_invalidation *request)
{
	struct fuzz_host *host = opaque;

	FUZZ_CHECK(request->itag < 32);
	switch (fuzz_below(host->input, 4)) {
	case 0:
		return -ENODEV;
	case 1:
		vtd_unit_device_tlb_complete(host->unit, request->sid,
					     UINT32_C(1) << request->itag, 1);
		return 0;
	default:
		if (host->pending_count < FUZZ_PENDING_MAX)
			host->pending[host->pending_count++] = *request;
		react(host);
		return 0;
	}
}

static void page_group_response(void *opaque,
				const struct vtd_page_group_response *response)
{
	FUZZ_CHECK(response->prgi < 512 && response->code < 16);
	react(opaque);
}

static void timer_set(void *opaque, uint64_t nanoseconds)
{
	(void)opaque;
	(void)nanoseconds;
}

static uint64_t host_clock(void *opaque)
{
	return ((struct fuzz_host *)opaque)->now;
}

/* Dealt with at once, or, one in four, when the script lets time pass. */
static int answer_notice(struct fuzz_host *host,
			 const struct vtd_notice_ticket *ticket)
{
	react(host);
	if (host->notices == FUZZ_PENDING_MAX || host->noticed++ % 4 != 0)
		return 0;
	host->notice[host->notices++] = *ticket;
	return VTD_NOTICE_PENDING;
}

static int mappings_changed(void *opaque,
			    const struct vtd_mappings_changed *change)
{
	FUZZ_CHECK(change->first <= change->last);
	return answer_notice(opaque, &change->ticket);
}

static int interrupts_changed(void *opaque,
			      const struct vtd_interrupts_changed *change)
{
	FUZZ_CHECK(change->first <= change->last);
	return answer_notice(opaque, &change->ticket);
}

static void trace(void *opaque, const char *line)
{
	(void)opaque;
	FUZZ_CHECK(line[0] != '\0' && strchr(line, '\n') == NULL);
}

static void stale_use(void *opaque, const struct vtd_stale_use *use)
{
	(void)opaque;
	FUZZ_CHECK(use->near_count <= VTD_NEAR_MAX);
	FUZZ_CHECK(vtd_cache_name(use->cache)[0] != '\0');
}

static void lint(void *opaque, const struct vtd_lint_report *report)
{
	(void)opaque;
	FUZZ_CHECK(vtd_lint_name(report->lint)[0] != '\0');
}

const struct vtd_host_ops fuzz_host_ops = {
	.size = sizeof(struct vtd_host_ops),
	.memory_read = memory_read,
	.memory_write = memory_write,
	.memory_compare_exchange = memory_compare_exchange,
	.interrupt_message = interrupt_message,
	.device_tlb_invalidate = device_tlb_invalidate,
	.page_group_response = page_group_response,
	.timer_set = timer_set,
	.clock = host_clock,
	.mappings_changed = mappings_changed,
	.interrupts_changed = interrupts_changed,
	.trace = trace,
	.stale_use = stale_use,
	.lint = lint,
};

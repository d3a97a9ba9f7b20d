/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtual machine monitor's side of a unit, with nothing but libvtd: guest
 * memory, the unit's interrupts, guest accesses to its registers, a timer, and
 * DMA of a device model.  The guest here leaves translation off at first, then
 * has a root table without any device: DMA is blocked, and the unit reports it
 * by an interrupt.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vtd/spec/regs.h>
#include <vtd/vtd.h>

#define RAM_SIZE (UINT64_C(1) << 20)
#define UNIT_BASE UINT64_C(0xfed90000)
#define NIC 0x0010 /* source-id of the device: bus 0, device 2, function 0 */

static uint64_t ram[RAM_SIZE / 8];
static struct vtd_unit *unit;

/* ------------------------------------------- What the unit asks for */

static bool is_ram(uint64_t address, size_t length)
{
	return address < RAM_SIZE && length <= RAM_SIZE - address;
}

/* A monitor with several threads copies aligned words in one piece each. */
static int memory_read(void *host, uint64_t address, void *buffer,
		       size_t length)
{
	if (!is_ram(address, length))
		return -EFAULT;
	memcpy(buffer, (char *)ram + address, length);
	return 0;
}

static int memory_write(void *host, uint64_t address, const void *buffer,
			size_t length)
{
	if (!is_ram(address, length))
		return -EFAULT;
	memcpy((char *)ram + address, buffer, length);
	return 0;
}

static int memory_compare_exchange(void *host, uint64_t address,
				   uint64_t *expected, uint64_t desired)
{
	if (!is_ram(address, 8))
		return -EFAULT;
	return __atomic_compare_exchange_n(&ram[address / 8], expected, desired,
					   false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* To the interrupt controllers; with the unit locked. */
static void interrupt_message(void *host, uint64_t address, uint32_t data)
{
	printf("interrupt: vector %#x\n", (unsigned int)data & 0xff);
}

static const struct vtd_host_ops host_ops = {
	.size = sizeof(host_ops),
	.memory_read = memory_read,
	.memory_write = memory_write,
	.memory_compare_exchange = memory_compare_exchange,
	.interrupt_message = interrupt_message,
};

/* ------------------------------------------- What the monitor passes on */

/* A guest processor's write to an address that is no RAM. */
static void guest_write(uint64_t address, uint64_t value, unsigned int size)
{
	if (address - UNIT_BASE < VTD_REGISTER_SPACE_SIZE)
		vtd_unit_write(unit, address - UNIT_BASE, value, size);
}

/* DMA of a device model, inside of one page. */
static int device_write(uint64_t address, const void *data, uint32_t length)
{
	const struct vtd_request request = {
		.sid = NIC,
		.access = VTD_ACCESS_WRITE,
		.address = address,
		.length = length,
	};
	struct vtd_translation result;
	struct vtd_dma_bracket dma;
	int error = -EACCES;

	vtd_unit_dma_begin(unit, &dma);
	vtd_unit_translate(unit, &request, &result);
	if (result.status == VTD_STATUS_SUCCESS && result.write)
		error = memory_write(NULL, result.address, data, length);
	vtd_unit_dma_end(unit, &dma);
	printf("DMA to %#" PRIx64 ": %s\n", address,
	       error == 0 ? "written" : vtd_condition_text(result.condition));
	return error;
}

/* The unit has no endpoints with translation caches, and so needs no callbacks
 * for them, nor a timer. */
static int make_unit(void)
{
	struct vtd_config config;

	vtd_config_init(&config);
	config.device_tlb = false;
	config.page_request = false;
	config.no_write_flag = false;
	return vtd_unit_create(&config, &host_ops, NULL, &unit);
}

int main(void)
{
	const struct vtd_ram_range range = { .length = RAM_SIZE,
					     .memory = ram };
	const struct vtd_ram_map map = { .range = &range, .count = 1 };

	if (make_unit() != 0 || vtd_unit_set_ram(unit, &map, NULL) != 0)
		return 1;
	device_write(0x5000, "packet", 7);
	printf("memory: %s\n", (char *)ram + 0x5000);

	/* The guest's driver: fault event, root table, translation on. */
	guest_write(UNIT_BASE + VTD_REG_FEDATA, 0x31, 4);
	guest_write(UNIT_BASE + VTD_REG_FEADDR, 0xfee00000, 4);
	guest_write(UNIT_BASE + VTD_REG_FECTL, 0, 4);
	guest_write(UNIT_BASE + VTD_REG_RTADDR, 0x1000, 8);
	guest_write(UNIT_BASE + VTD_REG_GCMD, VTD_GCMD_SRTP, 4);
	guest_write(UNIT_BASE + VTD_REG_GCMD, VTD_GCMD_TE, 4);
	device_write(0x5000, "other", 6);
	printf("memory: %s\n", (char *)ram + 0x5000);
	vtd_unit_destroy(unit);
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks are read and written double-word by double-word, with a mask of the
 * bytes that an access has. */
#include <vtd/kit/pci.h>

#include <errno.h>

#define SPACE_BEGIN 0x100
#define SPACE_END 0x1000
#define CAPABILITY_VERSION 1

#define ATS_SIZE 8
#define ATS_PAGE_ALIGNED 0x0020
#define ATS_STU 0x001f
#define ATS_ENABLE 0x8000

#define PASID_SIZE 8
#define PASID_PRIVILEGED 0x0004 /* in capability and control */
#define PASID_ENABLE 0x0001
#define PASID_WIDTH_SHIFT 8

#define PRI_SIZE 16
#define PRI_ENABLE 0x0001
#define PRI_RESET 0x0002

/* Double-words of the blocks, from their begin. */
enum { HEADER = 0, CONTROL = 4, CAPACITY = 8, ALLOCATION = 12 };

int vtd_kit_pci_init(struct vtd_kit_pci *pci, struct vtd_endpoint *endpoint,
		     const struct vtd_endpoint_config *config, uint16_t first,
		     uint16_t next)
{
	unsigned int at = first;

	*pci = (struct vtd_kit_pci){
		.endpoint = endpoint,
		.next = next,
		.ats = first,
		.pri_capacity = config->pri_capacity,
	};
	at += ATS_SIZE;
	if (config->pasid_bits > 0) {
		pci->pasid = (uint16_t)at;
		pci->pasid_capability =
			(uint16_t)(config->pasid_bits << PASID_WIDTH_SHIFT |
				   (config->privileged_mode ? PASID_PRIVILEGED :
							      0));
		at += PASID_SIZE;
	}
	if (config->pri_capacity > 0) {
		pci->pri = (uint16_t)at;
		at += PRI_SIZE;
	}
	pci->end = (uint16_t)at;
	return first % 4 == 0 && first >= SPACE_BEGIN && at <= SPACE_END ?
		       0 :
		       -EINVAL;
}

bool vtd_kit_pci_covers(const struct vtd_kit_pci *pci, unsigned int offset)
{
	return offset >= pci->ats && offset < pci->end;
}

/* The id, version and next pointer of the block that begins at `offset`. */
static uint32_t header(const struct vtd_kit_pci *pci, unsigned int offset,
		       enum vtd_kit_pci_capability id, unsigned int size)
{
	unsigned int behind = offset + size;
	unsigned int next = behind < pci->end ? behind : pci->next;

	return (uint32_t)id | CAPABILITY_VERSION << 16 | next << 20;
}

static uint32_t ats_word(const struct vtd_kit_pci *pci, unsigned int at)
{
	if (at == HEADER)
		return header(pci, pci->ats, VTD_KIT_PCI_ATS, ATS_SIZE);
	/* A queue depth of 0 is 32 invalidations. */
	return ATS_PAGE_ALIGNED | (uint32_t)pci->ats_control << 16;
}

static uint32_t pasid_word(const struct vtd_kit_pci *pci, unsigned int at)
{
	if (at == HEADER)
		return header(pci, pci->pasid, VTD_KIT_PCI_PASID, PASID_SIZE);
	return pci->pasid_capability | (uint32_t)pci->pasid_control << 16;
}

static uint32_t pri_word(const struct vtd_kit_pci *pci, unsigned int at)
{
	switch (at) {
	case HEADER:
		return header(pci, pci->pri, VTD_KIT_PCI_PRI, PRI_SIZE);
	case CONTROL:
		return pci->pri_control |
		       (uint32_t)vtd_endpoint_pri_status(pci->endpoint) << 16;
	case CAPACITY:
		return pci->pri_capacity;
	default:
		return pci->pri_allocation;
	}
}

/* `offset` is a multiple of 4. */
static uint32_t word(const struct vtd_kit_pci *pci, unsigned int offset)
{
	if (!vtd_kit_pci_covers(pci, offset))
		return 0;
	if (pci->pri != 0 && offset >= pci->pri)
		return pri_word(pci, offset - pci->pri);
	if (pci->pasid != 0 && offset >= pci->pasid)
		return pasid_word(pci, offset - pci->pasid);
	return ats_word(pci, offset - pci->ats);
}

uint32_t vtd_kit_pci_read(const struct vtd_kit_pci *pci, unsigned int offset,
			  unsigned int size)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < size && i < 4; i++) {
		unsigned int at = offset + i;

		value |= (word(pci, at & ~3u) >> at % 4 * 8 & 0xff) << 8 * i;
	}
	return value;
}

static void write_ats(struct vtd_kit_pci *pci, uint16_t control)
{
	uint16_t stu = pci->ats_control & ATS_STU;

	/* The size is read-only while ATS is on. */
	if ((pci->ats_control & ATS_ENABLE) == 0)
		stu = control & ATS_STU;
	pci->ats_control = (uint16_t)((control & ATS_ENABLE) | stu);
	vtd_endpoint_ats_control(pci->endpoint, (control & ATS_ENABLE) != 0,
				 stu);
}

static void write_pasid(struct vtd_kit_pci *pci, uint16_t control)
{
	uint16_t writable = (uint16_t)(PASID_ENABLE | (pci->pasid_capability &
						       PASID_PRIVILEGED));

	pci->pasid_control = control & writable;
	vtd_endpoint_pasid_control(
		pci->endpoint, (pci->pasid_control & PASID_ENABLE) != 0,
		(pci->pasid_control & PASID_PRIVILEGED) != 0);
}

/* The status is write-1-to-clear, the reset bit reads as 0. */
static void write_pri(struct vtd_kit_pci *pci, uint32_t value, uint32_t mask)
{
	vtd_endpoint_pri_status_clear(pci->endpoint,
				      (uint16_t)((value & mask) >> 16));
	if ((mask & (PRI_ENABLE | PRI_RESET)) == 0)
		return;
	pci->pri_control = value & PRI_ENABLE;
	vtd_endpoint_pri_control(pci->endpoint, pci->pri_control != 0,
				 (value & PRI_RESET) != 0);
}

static void write_allocation(struct vtd_kit_pci *pci, uint32_t value)
{
	pci->pri_allocation = value;
	vtd_endpoint_pri_allocation(pci->endpoint, value);
}

/* The bytes of `mask` in the double-word at `offset` become those of `value`. */
static void write_word(struct vtd_kit_pci *pci, unsigned int offset,
		       uint32_t value, uint32_t mask)
{
	uint32_t changed = (word(pci, offset) & ~mask) | (value & mask);

	if (offset == pci->ats + (unsigned int)CONTROL && mask >> 16 != 0)
		write_ats(pci, (uint16_t)(changed >> 16));
	if (pci->pasid != 0 && offset == pci->pasid + (unsigned int)CONTROL &&
	    mask >> 16 != 0)
		write_pasid(pci, (uint16_t)(changed >> 16));
	if (pci->pri != 0 && offset == pci->pri + (unsigned int)CONTROL)
		write_pri(pci, value, mask);
	if (pci->pri != 0 && offset == pci->pri + (unsigned int)ALLOCATION)
		write_allocation(pci, changed);
}

void vtd_kit_pci_write(struct vtd_kit_pci *pci, unsigned int offset,
		       uint32_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size && i < 4;) {
		unsigned int shift = (offset + i) % 4 * 8;
		uint32_t bytes = 0;
		uint32_t mask = 0;
		unsigned int at = (offset + i) & ~3u;

		for (; i < size && i < 4 && shift < 32; i++, shift += 8) {
			bytes |= (value >> 8 * i & 0xff) << shift;
			mask |= UINT32_C(0xff) << shift;
		}
		if (vtd_kit_pci_covers(pci, at))
			write_word(pci, at, bytes, mask);
	}
}

void vtd_kit_pci_reset(struct vtd_kit_pci *pci)
{
	pci->ats_control = 0;
	pci->pasid_control = 0;
	pci->pri_control = 0;
	pci->pri_allocation = 0;
	vtd_endpoint_reset(pci->endpoint);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The extended capabilities of a function with ATS, PASID and PRI: their blocks
 * in configuration space, and their rules for writes, which drive a struct
 * vtd_endpoint (PCIe, ATS and PASID; the layouts as in Linux's pci_regs.h).
 *
 * The program answers accesses to configuration space.  Those to offsets that
 * vtd_kit_pci_covers() it passes on to here.
 */
#ifndef VTD_KIT_PCI_H
#define VTD_KIT_PCI_H

#include <vtd/endpoint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Extended capability ids. */
enum vtd_kit_pci_capability {
	VTD_KIT_PCI_ATS = 0x0f,
	VTD_KIT_PCI_PRI = 0x13,
	VTD_KIT_PCI_PASID = 0x1b,
};

struct vtd_kit_pci {
	/** Offsets of the blocks; 0: the function has no such capability. */
	uint16_t ats;
	uint16_t pasid;
	uint16_t pri;
	uint16_t end; /**< of the last block */

	/** The kit's. */
	uint16_t next;
	uint16_t ats_control;
	uint16_t pasid_capability;
	uint16_t pasid_control;
	uint16_t pri_control;
	uint32_t pri_capacity;
	uint32_t pri_allocation;
	struct vtd_endpoint *endpoint;

	uint64_t reserved[4];
};

/**
 * Lay the blocks out from `first` on: ATS, and PASID and PRI if `config`, which
 * the endpoint was made with, has them.  `next` is the offset of the capability
 * after them, 0: none.  Returns 0, and offsets in *pci; -EINVAL: `first` is no
 * multiple of 4 in 100h..fffh, or the blocks do not fit.
 */
int vtd_kit_pci_init(struct vtd_kit_pci *pci, struct vtd_endpoint *endpoint,
		     const struct vtd_endpoint_config *config, uint16_t first,
		     uint16_t next);

/** Whether byte `offset` of configuration space is in one of the blocks. */
bool vtd_kit_pci_covers(const struct vtd_kit_pci *pci, unsigned int offset);

/**
 * An access of 1, 2 or 4 bytes.  Bytes outside of the blocks read as 0 and are
 * not written.  From one thread at a time; the calls that a write makes are those
 * of vtd/endpoint.h, with their rules.
 */
uint32_t vtd_kit_pci_read(const struct vtd_kit_pci *pci, unsigned int offset,
			  unsigned int size);
void vtd_kit_pci_write(struct vtd_kit_pci *pci, unsigned int offset,
		       uint32_t value, unsigned int size);

/** Function level or conventional reset, of the endpoint too. */
void vtd_kit_pci_reset(struct vtd_kit_pci *pci);

#ifdef __cplusplus
}
#endif

#endif /* VTD_KIT_PCI_H */

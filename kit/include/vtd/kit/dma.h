/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * DMA of a device without a translation cache: bytes are copied through a unit,
 * page by page, each with a bracket around translation and copy, so that the
 * guest's invalidation waits cover them.
 */
#ifndef VTD_KIT_DMA_H
#define VTD_KIT_DMA_H

#include <vtd/vtd.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Who accesses memory, through what, and how it ended. */
struct vtd_kit_dma {
	struct vtd_unit *unit;
	/** The host's memory_read() and memory_write(), which get `host`: those
	 * that the unit was made with, as a rule. */
	const struct vtd_host_ops *ops;
	void *host;
	uint16_t sid;
	bool pasid_present;
	bool privileged; /**< only with a PASID */
	uint32_t pasid;

	/** After a call: the bytes that were copied, and the last answer of the
	 * unit, of the page at which it ended. */
	size_t done;
	struct vtd_translation result;

	uint64_t reserved[4];
};

/**
 * Copy `length` bytes from or to `address` as the device sees it.  The copy ends
 * at the first page that is refused; what was copied before stays.
 *
 * Returns 0; -EACCES: the unit refuses it (dma->result has status and
 * condition; a write to the interrupt range ends so too, with
 * VTD_STATUS_INTERRUPT); -EOVERFLOW: the range wraps; or what the host's
 * callback returned.  Any thread, one at a time for each struct vtd_kit_dma; not
 * from a callback of the unit's.
 */
int vtd_kit_dma_read(struct vtd_kit_dma *dma, uint64_t address, void *buffer,
		     size_t length);
int vtd_kit_dma_write(struct vtd_kit_dma *dma, uint64_t address,
		      const void *buffer, size_t length);

#ifdef __cplusplus
}
#endif

#endif /* VTD_KIT_DMA_H */

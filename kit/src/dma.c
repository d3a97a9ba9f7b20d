/* SPDX-License-Identifier: BSD-3-Clause */
#include <vtd/kit/dma.h>

#include <errno.h>

#define PAGE 4096

/* A piece of a copy, inside of one page; one of the pointers is NULL. */
struct piece {
	uint64_t address;
	size_t length;
	void *into;
	const void *from;
};

static int copy(const struct vtd_kit_dma *dma, const struct piece *piece)
{
	uint64_t address = dma->result.address;

	if (piece->from != NULL)
		return dma->ops->memory_write(dma->host, address, piece->from,
					      piece->length);
	return dma->ops->memory_read(dma->host, address, piece->into,
				     piece->length);
}

static int move(struct vtd_kit_dma *dma, const struct piece *piece)
{
	const bool writes = piece->from != NULL;
	const struct vtd_request request = {
		.sid = dma->sid,
		.access = writes ? VTD_ACCESS_WRITE : VTD_ACCESS_READ,
		.address = piece->address,
		.length = (uint32_t)piece->length,
		.pasid_present = dma->pasid_present,
		.pasid = dma->pasid,
		.privileged = dma->privileged,
	};
	struct vtd_dma_bracket bracket;
	int error = -EACCES;

	vtd_unit_dma_begin(dma->unit, &bracket);
	vtd_unit_translate(dma->unit, &request, &dma->result);
	if (dma->result.status == VTD_STATUS_SUCCESS &&
	    (writes ? dma->result.write : dma->result.read))
		error = copy(dma, piece);
	vtd_unit_dma_end(dma->unit, &bracket);
	return error;
}

static int move_all(struct vtd_kit_dma *dma, struct piece all)
{
	dma->done = 0;
	if (all.length > 0 && all.length - 1 > UINT64_MAX - all.address)
		return -EOVERFLOW;
	while (dma->done < all.length) {
		struct piece piece = all;
		size_t left = all.length - dma->done;
		int error;

		piece.address += dma->done;
		piece.length = PAGE - piece.address % PAGE;
		if (piece.length > left)
			piece.length = left;
		if (all.from != NULL)
			piece.from = (const char *)all.from + dma->done;
		else
			piece.into = (char *)all.into + dma->done;
		error = move(dma, &piece);
		if (error != 0)
			return error;
		dma->done += piece.length;
	}
	return 0;
}

int vtd_kit_dma_read(struct vtd_kit_dma *dma, uint64_t address, void *buffer,
		     size_t length)
{
	return move_all(dma, (struct piece){ .address = address,
					     .length = length,
					     .into = buffer });
}

int vtd_kit_dma_write(struct vtd_kit_dma *dma, uint64_t address,
		      const void *buffer, size_t length)
{
	return move_all(dma, (struct piece){ .address = address,
					     .length = length,
					     .from = buffer });
}

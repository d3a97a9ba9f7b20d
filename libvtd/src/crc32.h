/* SPDX-License-Identifier: BSD-3-Clause */
/* The checksum of chunks of recordings and of saved states. */
#ifndef VTD_SRC_CRC32_H
#define VTD_SRC_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The bytes that follow those whose checksum is `crc`; 0: there are none yet.
 * CRC-32 as in IEEE 802.3, by half bytes. */
static inline uint32_t vtd_crc32_more(uint32_t crc, const uint8_t *bytes,
				      size_t length)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	crc = ~crc;
	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static inline uint32_t vtd_crc32(const uint8_t *bytes, size_t length)
{
	return vtd_crc32_more(0, bytes, length);
}

#endif /* VTD_SRC_CRC32_H */

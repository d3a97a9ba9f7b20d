/* SPDX-License-Identifier: BSD-3-Clause */
/* The checksum of chunks of recordings and of saved states. */
#ifndef VTD_SRC_CRC32_H
#define VTD_SRC_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The remainders of the bytes with one upper half: it is linear. */
#define VTD_CRC32_ROW(upper)                                              \
	(upper) ^ 0x00000000, (upper) ^ 0x77073096, (upper) ^ 0xee0e612c, \
		(upper) ^ 0x990951ba, (upper) ^ 0x076dc419,               \
		(upper) ^ 0x706af48f, (upper) ^ 0xe963a535,               \
		(upper) ^ 0x9e6495a3, (upper) ^ 0x0edb8832,               \
		(upper) ^ 0x79dcb8a4, (upper) ^ 0xe0d5e91e,               \
		(upper) ^ 0x97d2d988, (upper) ^ 0x09b64c2b,               \
		(upper) ^ 0x7eb17cbd, (upper) ^ 0xe7b82d07,               \
		(upper) ^ 0x90bf1d91

/* CRC-32 as in IEEE 802.3. */
static inline uint32_t vtd_crc32(const uint8_t *bytes, size_t length)
{
	static const uint32_t table[256] = {
		VTD_CRC32_ROW(0x00000000), VTD_CRC32_ROW(0x1db71064),
		VTD_CRC32_ROW(0x3b6e20c8), VTD_CRC32_ROW(0x26d930ac),
		VTD_CRC32_ROW(0x76dc4190), VTD_CRC32_ROW(0x6b6b51f4),
		VTD_CRC32_ROW(0x4db26158), VTD_CRC32_ROW(0x5005713c),
		VTD_CRC32_ROW(0xedb88320), VTD_CRC32_ROW(0xf00f9344),
		VTD_CRC32_ROW(0xd6d6a3e8), VTD_CRC32_ROW(0xcb61b38c),
		VTD_CRC32_ROW(0x9b64c2b0), VTD_CRC32_ROW(0x86d3d2d4),
		VTD_CRC32_ROW(0xa00ae278), VTD_CRC32_ROW(0xbdbdf21c),
	};
	uint32_t crc = ~UINT32_C(0);

	for (size_t i = 0; i < length; i++)
		crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
	return ~crc;
}

#endif /* VTD_SRC_CRC32_H */

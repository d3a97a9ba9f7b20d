/* SPDX-License-Identifier: BSD-3-Clause */
/* The checksum of a chunk, for those who write recordings and who read them. */
#ifndef VTD_SRC_RECORD_CRC32_H
#define VTD_SRC_RECORD_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 as in IEEE 802.3, by half bytes. */
static inline uint32_t vtd_record_crc32(const uint8_t *bytes, size_t length)
{
	uint32_t table[16];
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; i < 16; i++) {
		table[i] = i;
		for (int bit = 0; bit < 4; bit++)
			table[i] = table[i] >> 1 ^
				   ((table[i] & 1) != 0 ? 0xedb88320 : 0);
	}
	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

#endif /* VTD_SRC_RECORD_CRC32_H */
